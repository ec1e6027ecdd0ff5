/** The outcomes that are not an answer: a refusal with its way out, and an answer that waits for a person. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import type { Run } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { TimeLeft } from '~/components/TimeLeft'
import { dateTime } from '~/components/time'

/** Police, fire, ambulance, mental help. */
const NUMBERS = ['110', '119', '120', '12356']

export function RefusalCard({ run }: { run: Run }) {
  const { t } = useTranslation('ask')
  const rejected = run.status === 'rejected'
  const refusal = run.refusal
  const emergency = refusal?.code === 'emergency'
  return (
    <div className={`note-card ${emergency ? 'red' : 'amber'}`} role={emergency ? 'alert' : 'status'} data-testid={rejected ? 'rejected' : emergency ? 'emergency' : 'refusal'}>
      <h3>{t(rejected ? 'refusal.rejected' : emergency ? 'refusal.emergency' : 'refusal.title')}</h3>
      <p>{refusal?.message ?? run.review?.reason ?? t('refusal.plain')}</p>
      {refusal?.reason && <p><strong>{t('refusal.reason')}</strong>{refusal.reason}</p>}
      {refusal?.next_step && (
        <p>
          <strong>{t('refusal.next')}</strong>
          {refusal.next_step}
        </p>
      )}
      {refusal?.searched && refusal.searched.length > 0 && (
        <p className="muted" data-testid="searched">
          <strong>{t('refusal.searched')}</strong>
          {refusal.searched.join(t('refusal.and'))}
        </p>
      )}
      {emergency && (
        <p className="emergency-numbers">
          {NUMBERS.map((number) => <a key={number} href={`tel:${number}`}>{number}</a>)}
        </p>
      )}
      {refusal?.code && <p className="muted mono">{refusal.code}</p>}
    </div>
  )
}

export function InReviewCard({ run }: { run: Run }) {
  const { t } = useTranslation('ask')
  const review = run.review
  const returned = review?.state === 'returned'
  const half = review?.state.startsWith('countersign') ?? false
  const stands = returned ? 'review.returned' : half ? 'review.half' : review?.claimed ? 'review.claimed' : 'review.text'
  return (
    <div className="note-card blue in-review" role="status" data-testid="in-review">
      <h3>{t('review.title')}</h3>
      <p>{t(stands)}</p>
      {returned && review?.reason && <p data-testid="returned"><strong>{t('refusal.reason')}</strong>{review.reason}</p>}
      <dl className="review-facts">
        {review?.position != null && (
          <div>
            <dt>{t('review.position')}</dt>
            <dd>{t('review.place', { n: review.position })}</dd>
          </div>
        )}
        {review?.due_at && (
          <div>
            <dt>{t('review.due')}</dt>
            <dd>
              {dateTime(review.due_at)} <TimeLeft due={review.due_at} />
            </dd>
          </div>
        )}
      </dl>
      <p className="muted live-line">
        <span className="live-dot" aria-hidden="true" />
        {t('review.live')}
      </p>
      {run.review_id && <AskerSteps review={run.review_id} returned={returned} />}
    </div>
  )
}

/** What the asker can do while it waits: take it back, or say more to what was sent back. */
function AskerSteps({ review, returned }: { review: string; returned: boolean }) {
  const { t } = useTranslation('ask')
  const [note, setNote] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [done, setDone] = useState(false)
  const send = async (step: 'withdraw' | 'resubmit') => {
    setError(null)
    try {
      await post(`/reviews/${encodeURIComponent(review)}/${step}`, step === 'resubmit' && note.trim() ? { note: note.trim() } : {})
      setDone(step === 'withdraw')
      setNote('')
    } catch (cause) {
      setError(cause)
    }
  }
  return (
    <div className="asker-steps">
      {returned && (
        <>
          <textarea value={note} maxLength={2000} rows={3} onChange={(event) => setNote(event.target.value)} placeholder={t('review.note')} aria-label={t('review.note')} data-testid="resubmit-note" />
          <button type="button" className="plain-button" onClick={() => void send('resubmit')} data-testid="resubmit">{t('review.resubmit')}</button>
        </>
      )}
      <button type="button" className="plain-button" disabled={done} onClick={() => void send('withdraw')} data-testid="withdraw">{t('review.withdraw')}</button>
      {error != null && <ErrorCard error={error} />}
    </div>
  )
}

/** The correction of the library that the answer was steered by. */
export function SteeredLine({ run }: { run: Run }) {
  const { t } = useTranslation('ask')
  if (!run.correction) return null
  return (
    <p className="steered" data-testid="steered" title={run.correction.question}>
      <span aria-hidden="true">✎</span> {t(run.correction.exact ? 'steered.exact' : 'steered.near', { at: dateTime(run.correction.confirmed_at) })}
    </p>
  )
}

/** The label that must stand with everything generated (GB 45438-2025 §6): the server's words, or ours while none came yet. */
export function LabelLine({ run }: { run?: Run | null }) {
  const { t } = useTranslation('ask')
  return (
    <p className="aigc-label" data-testid="aigc-label">
      <svg width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.3" aria-hidden="true">
        <rect x="1.5" y="3" width="13" height="10" rx="2" />
        <path d="M4.5 10.5 6.3 6h.4l1.8 4.5M5.2 9h2.6M11 6v4.5" />
      </svg>
      {run?.label?.text ?? t('label')}
    </p>
  )
}
