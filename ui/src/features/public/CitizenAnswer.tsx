/** One answer for a citizen: the text with its sources, what to do next, and whether it helped. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import type { Citation, Run } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { AnswerText } from '~/features/ask/AnswerText'
import { CitationChip } from '~/features/ask/CitationChip'
import { ExportLinks } from '~/features/ask/ExportMenu'
import { Notices } from '~/features/ask/Notices'
import { InReviewCard, LabelLine, RefusalCard } from '~/features/ask/Outcomes'
import type { LiveTurn } from '~/features/ask/useAsk'
import { useLiveRun, waits } from '~/features/ask/useLiveRun'

type Props = { run: Run; onCite: (citation: Citation) => void; onChange: (run: Run) => void }

export function CitizenAnswer({ run, onCite, onChange }: Props) {
  const { t } = useTranslation('public')
  useLiveRun(run, onChange)
  const released = run.status === 'released' && run.answer !== null
  return (
    <article className="citizen-answer" data-testid="turn" data-status={run.status}>
      <h2>
        <span className="citizen-q" aria-hidden="true">{t('q')}</span>
        {run.question || t('notKept')}
      </h2>
      {run.status === 'in_review' && <InReviewCard run={run} />}
      {run.status === 'running' && <p className="citizen-working" role="status"><span className="spin" aria-hidden="true" />{t('working')}…</p>}
      {!released && !waits(run) && <RefusalCard run={run} />}
      {released && (
        <>
          <div data-testid="answer">
            <AnswerText answer={run.answer ?? ''} claims={run.claims} citations={run.citations} onCite={onCite} />
          </div>
          {run.citations.length > 0 && (
            <div className="citizen-sources">
              <h3>{t('sources')}</h3>
              <ul>
                {run.citations.map((citation) => (
                  <li key={citation.n}>
                    <CitationChip citation={citation} onCite={onCite} />
                  </li>
                ))}
              </ul>
            </div>
          )}
        </>
      )}
      <Notices notices={run.notices} />
      {released && <p className="citizen-next">{t('next')}</p>}
      {released && <LabelLine run={run} />}
      {released && <ExportLinks run={run} />}
      <Helpful run={run} onChange={onChange} />
    </article>
  )
}

function Helpful({ run, onChange }: { run: Run; onChange: (run: Run) => void }) {
  const { t } = useTranslation('public')
  const [error, setError] = useState<unknown>(null)
  const say = async (rating: 'up' | 'down') => {
    try {
      await post(`/runs/${run.run_id}/feedback`, { rating })
      onChange({ ...run, feedback: { rating } })
    } catch (cause) {
      setError(cause)
    }
  }
  if (run.feedback) return <p className="citizen-thanks" role="status">{t('thanks')}</p>
  if (error) return <ErrorCard error={error} />
  return (
    <div className="citizen-helpful">
      <span>{t('helpful')}</span>
      <button type="button" className="plain-button" onClick={() => void say('up')} data-testid="up">{t('common:yes')}</button>
      <button type="button" className="plain-button" onClick={() => void say('down')} data-testid="down">{t('common:no')}</button>
    </div>
  )
}

export function CitizenWaiting({ turn, onRetry }: { turn: LiveTurn; onRetry: () => void }) {
  const { t } = useTranslation(['public', 'ask'])
  const now = turn.steps.at(-1)
  return (
    <article className="citizen-answer" data-testid="live-turn">
      <h2>
        <span className="citizen-q" aria-hidden="true">{t('q')}</span>
        {turn.question}
      </h2>
      {turn.busy && (
        <p className="citizen-working" role="status">
          <span className="spin" aria-hidden="true" />
          {now ? t(`ask:steps.${now.name}`, { defaultValue: now.name }) : t('working')}…
        </p>
      )}
      <Notices notices={turn.notices} />
      {turn.text !== '' && <AnswerText answer={turn.text} streaming={turn.busy} />}
      {turn.stopped && <p className="muted">{t('stopped')}</p>}
      {turn.error != null && <ErrorCard error={turn.error} onRetry={onRetry} />}
      {turn.text !== '' && <LabelLine />}
    </article>
  )
}
