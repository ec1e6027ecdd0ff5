/** Who works on an item, who has signed it, and where it may be sent. */
import { Button } from 'antd'
import { useTranslation } from 'react-i18next'
import type { Review } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'

type Props = { review: Review; busy: boolean; error: unknown; onClaim: (take: boolean) => void; onAssign: () => void }

export function ClaimLine({ review, busy, error, onClaim, onAssign }: Props) {
  const { t } = useTranslation('reviews')
  const { claim, signed } = review
  if (!claim && !signed && !review.may_decide && !review.may_assign) return null
  return (
    <div className="claim-line" data-testid="claim-line">
      {signed && <span className="badge green">{t('signedBy', { name: signed.name, at: dateTime(signed.at) })}</span>}
      {claim && <span className="badge blue" data-testid="claimed">{claim.me ? t('claim.mineUntil', { at: dateTime(claim.at) }) : t('claim.byUntil', { name: claim.name, at: dateTime(claim.at) })}</span>}
      {review.may_decide && (
        <Button size="small" loading={busy} onClick={() => onClaim(!claim?.me)} data-testid="claim">
          {t(claim?.me ? 'claim.release' : 'claim.take')} <kbd>c</kbd>
        </Button>
      )}
      {review.may_assign && claim && !claim.me && <Button size="small" loading={busy} onClick={() => onClaim(false)}>{t('claim.release')}</Button>}
      {review.may_assign && <Button size="small" onClick={onAssign} data-testid="assign">{t('assign.button')}</Button>}
      {error != null && <ErrorCard error={error} />}
    </div>
  )
}
