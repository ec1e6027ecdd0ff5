/** One question and what came of it: answer, refusal, or an answer that waits for a reviewer. */
import { Bubble } from '@ant-design/x'
import { useTranslation } from 'react-i18next'
import type { Citation, Run } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime, localDay } from '~/components/time'
import { AnswerText } from '~/features/ask/AnswerText'
import { CitationChip } from '~/features/ask/CitationChip'
import { ClaimList } from '~/features/ask/ClaimList'
import { Notices } from '~/features/ask/Notices'
import { InReviewCard, LabelLine, RefusalCard, SteeredLine } from '~/features/ask/Outcomes'
import { Steps } from '~/features/ask/Steps'
import type { LiveTurn } from '~/features/ask/useAsk'
import { useLiveRun, waits } from '~/features/ask/useLiveRun'
import { AnswerActions } from './AnswerActions'
import { CompanionCard } from './CompanionCard'

type Props = {
  run: Run
  active: number | null
  onCite: (run: Run, citation: Citation) => void
  onChange: (run: Run) => void
  /** What stands beside the answer is shown; answers to what is asked back go here. */
  companion?: { onAsk?: (question: string) => void }
}

export function Turn({ run, active, onCite, onChange, companion }: Props) {
  const { t } = useTranslation('workbench')
  useLiveRun(run, onChange)
  const doubtful = run.claims.filter((claim) => claim.verdict !== 'supported').length
  const released = run.status === 'released' && run.answer !== null
  return (
    <section className="turn" data-testid="turn" data-status={run.status} aria-label={run.question}>
      <Bubble placement="end" content={run.question || t('turn.notKept')} className={run.question ? 'question' : 'question not-kept'} />
      {run.as_of && run.as_of !== localDay(run.asked_at) && !run.asked_at.startsWith(run.as_of) && <p className="turn-as-of" data-testid="as-of">{t('turn.asOf', { day: run.as_of })}</p>}
      <div className="answer" aria-live="polite">
        <Steps steps={run.steps} busy={run.status === 'running'} released={run.status === 'released'} />
        {run.status === 'in_review' && <InReviewCard run={run} />}
        {(run.status === 'refused' || run.status === 'rejected' || run.status === 'failed') && <RefusalCard run={run} />}
        {released && (
          <>
            {run.review?.decided_at && (
              <p className="approved" data-testid="approved">
                <span aria-hidden="true">✓</span> {t(run.review.state === 'edited' ? 'turn.edited' : 'turn.approved', { at: dateTime(run.review.decided_at) })}
              </p>
            )}
            {doubtful > 0 && <p className="doubt">{t('turn.doubt', { n: doubtful })}</p>}
            <div data-testid="answer">
              <AnswerText answer={run.answer ?? ''} claims={run.claims} citations={run.citations} active={active} onCite={(citation) => onCite(run, citation)} />
            </div>
            <ClaimList claims={run.claims} />
            <SourceChips run={run} active={active} onCite={(citation) => onCite(run, citation)} />
          </>
        )}
        {released && companion && <CompanionCard run={run.run_id} onAsk={companion.onAsk} />}
        <Notices notices={run.notices} />
        {released && <SteeredLine run={run} />}
        {released && <LabelLine run={run} />}
        {!waits(run) && <AnswerActions run={run} onChange={onChange} />}
      </div>
    </section>
  )
}

export function SourceChips({ run, active, onCite }: { run: Run; active: number | null; onCite: (citation: Citation) => void }) {
  const { t } = useTranslation('workbench')
  if (run.citations.length === 0) return null
  return (
    <div className="turn-sources">
      <span className="turn-sources-title">{t('turn.sources')}</span>
      <div className="source-chips">
        {run.citations.map((citation) => (
          <CitationChip key={citation.n} citation={citation} active={active === citation.n} onCite={onCite} open={(document) => `/documents/${document}`} />
        ))}
      </div>
    </div>
  )
}

/** The turn while it is on its way, or after it broke off. */
export function LiveTurnView({ turn, onRetry }: { turn: LiveTurn; onRetry: () => void }) {
  const { t } = useTranslation('workbench')
  return (
    <section className="turn" data-testid="live-turn" aria-label={turn.question} aria-busy={turn.busy}>
      <Bubble placement="end" content={turn.question} className="question" />
      <div className="answer">
        {(turn.busy || turn.steps.length > 0) && <Steps steps={turn.steps} busy={turn.busy} />}
        <Notices notices={turn.notices} />
        {turn.text !== '' && <AnswerText answer={turn.text} streaming={turn.busy} />}
        {turn.stopped && <p className="doubt">{t('turn.stopped')}</p>}
        {turn.error != null && <ErrorCard error={turn.error} onRetry={onRetry} />}
        {turn.text !== '' && <LabelLine />}
      </div>
    </section>
  )
}
