/** The draft under review: read with its claims marked, or edited in place with the difference shown. */
import { Button, Input, Segmented } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Review } from '~/api/types'
import { DiffView } from '~/components/DiffView'
import { claimReason } from '~/features/ask/claims'
import { AnswerText } from '~/features/ask/AnswerText'
import { isOpen } from './reviews'

type Props = {
  review: Review
  answer: string
  editing: boolean
  active: number | null
  onAnswer: (text: string) => void
  onCite: (n: number) => void
  onCancel: () => void
}

export function Draft({ review, answer, editing, active, onAnswer, onCite, onCancel }: Props) {
  const { t } = useTranslation(['reviews', 'ask'])
  const [view, setView] = useState<'write' | 'difference'>('write')
  const standing = review.proposal ?? review.draft
  const doubtful = standing.claims.filter((claim) => claim.verdict !== 'supported')
  return (
    <section className="panel panel-pad desk-draft" aria-label={t('draft')}>
      <div className="desk-title">
        <h2>{t(editing ? 'edit.title' : review.proposal ? 'proposal' : isOpen(review.state) ? 'draft' : 'draftOld')}</h2>
        {editing && (
          <>
            <Segmented size="small" value={view} onChange={setView} options={[{ value: 'write', label: t('edit.write') }, { value: 'difference', label: <span data-testid="show-diff">{t('edit.difference')}</span> }]} />
            <Button size="small" type="link" onClick={onCancel}>{t('edit.cancel')}</Button>
          </>
        )}
      </div>
      {!editing && (
        <>
          <AnswerText answer={standing.answer} claims={standing.claims} citations={standing.citations} active={active} onCite={(citation) => onCite(citation.n)} />
          {doubtful.length > 0 && (
            <div className="desk-doubts">
              <h3>{t('doubts', { n: doubtful.length })}</h3>
              <ul>
                {doubtful.map((claim) => (
                  <li key={claim.text}>
                    <span className={`badge ${claim.verdict === 'contradicted' ? 'red' : 'amber'}`}>{t(`ask:verdict.${claim.verdict}`)}</span> {claim.text}
                    {claim.why && <span className="muted"> — {claimReason(claim, t)}</span>}
                  </li>
                ))}
              </ul>
            </div>
          )}
        </>
      )}
      {editing && view === 'write' && (
        <>
          <Input.TextArea autoFocus autoSize={{ minRows: 10 }} value={answer} onChange={(event) => onAnswer(event.target.value)} aria-label={t('edit.title')} data-testid="edit-answer" />
          <p className="muted desk-hint">{t('edit.hint')}</p>
        </>
      )}
      {editing && view === 'difference' && <DiffView before={standing.answer} after={answer} />}
      {review.proposal && !editing && (
        <details className="desk-proposal" open>
          <summary>{t('proposalDifference')}</summary>
          <DiffView before={review.draft.answer} after={review.proposal.answer} />
        </details>
      )}
    </section>
  )
}
