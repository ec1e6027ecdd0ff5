/** Whether an article is law today, with its dates. */
import { useTranslation } from 'react-i18next'
import type { Validity } from '~/api/types'

export const TONES: Record<string, string> = { in_force: 'green', amended: 'amber', superseded: 'amber', repealed: 'red', expired: 'red', not_yet_in_force: 'blue', not_yet: 'blue', unknown: '' }

export function ValidityBadge({ validity, dates }: { validity: Validity | null | undefined; dates?: boolean }) {
  const { t } = useTranslation('common')
  const status = validity?.status ?? 'unknown'
  const { from, until } = validity ?? {}
  const span = from && until ? t('validity.range', { from, until }) : from ? t('validity.from', { date: from }) : until ? t('validity.until', { date: until }) : ''
  return (
    <span className="validity" title={[span, validity?.note].filter(Boolean).join(' · ') || undefined}>
      <span className={`badge ${TONES[status] ?? ''}`} data-testid="validity">{t(`validity.${status}`)}</span>
      {dates && span && <span className="validity-dates">{span}</span>}
    </span>
  )
}
