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
import { InReviewCard, LabelLine, RefusalCard, SteeredLine } from '~/features/ask/Outcomes'
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
      {released && <SteeredLine run={run} />}
      {released && <LabelLine run={run} />}
      {released && <ExportLinks run={run} />}
      <Helpful run={run} onChange={onChange} />
    </article>
  )
}

const REASONS = ['wrong', 'outdated', 'incomplete', 'irrelevant', 'unclear'] as const

function Helpful({ run, onChange }: { run: Run; onChange: (run: Run) => void }) {
  const { t } = useTranslation('public')
  const [error, setError] = useState<unknown>(null)
  const [reasons, setReasons] = useState<string[]>([])
  const [comment, setComment] = useState('')
  const [more, setMore] = useState(false)
  const rating = run.feedback?.rating
  const say = async (said: { rating: 'up' | 'down'; reasons?: string[]; comment?: string; solved?: boolean }) => {
    setError(null)
    try {
      await post(`/runs/${run.run_id}/feedback`, said)
      setMore(said.rating === 'down' && said.reasons === undefined)
      onChange({ ...run, feedback: { rating: said.rating, solved: said.solved ?? run.feedback?.solved ?? null } })
    } catch (cause) {
      setError(cause)
    }
  }
  const toggle = (reason: string) => setReasons((old) => (old.includes(reason) ? old.filter((one) => one !== reason) : [...old, reason]))
  if (error) return <ErrorCard error={error} />
  if (!rating) {
    return (
      <div className="citizen-helpful">
        <span>{t('helpful')}</span>
        <button type="button" className="plain-button" onClick={() => void say({ rating: 'up' })} data-testid="up">{t('common:yes')}</button>
        <button type="button" className="plain-button" onClick={() => void say({ rating: 'down' })} data-testid="down">{t('common:no')}</button>
      </div>
    )
  }
  if (more) {
    return (
      <div className="citizen-helpful" data-testid="why-not-helpful">
        <span>{t('why')}</span>
        {REASONS.map((reason) => (
          <button key={reason} type="button" className="plain-button" aria-pressed={reasons.includes(reason)} onClick={() => toggle(reason)}>{t(`reason.${reason}`)}</button>
        ))}
        <textarea value={comment} maxLength={500} rows={2} onChange={(event) => setComment(event.target.value)} placeholder={t('comment')} aria-label={t('comment')} />
        <button type="button" className="plain-button" onClick={() => void say({ rating: 'down', reasons, ...(comment.trim() ? { comment: comment.trim() } : {}) })} data-testid="send-why">{t('sendWhy')}</button>
      </div>
    )
  }
  return (
    <div className="citizen-helpful">
      <span role="status">{t('thanks')}</span>
      {run.status === 'released' && run.feedback?.solved == null && (
        <>
          <span>{t('solved')}</span>
          <button type="button" className="plain-button" onClick={() => void say({ rating, reasons, ...(comment.trim() ? { comment: comment.trim() } : {}), solved: true })} data-testid="solved-yes">{t('common:yes')}</button>
          <button type="button" className="plain-button" onClick={() => void say({ rating, reasons, ...(comment.trim() ? { comment: comment.trim() } : {}), solved: false })} data-testid="solved-no">{t('common:no')}</button>
        </>
      )}
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
