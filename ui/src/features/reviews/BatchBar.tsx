/** What can be done with the items that are selected. */
import { Button } from 'antd'
import { useTranslation } from 'react-i18next'
import type { ReviewRow } from '~/api/types'
import type { BatchDecision } from './reviews'

type Props = { selected: ReviewRow[]; onAll: () => void; onClear: () => void; onDecide: (decision: BatchDecision) => void }

export function BatchBar({ selected, onAll, onClear, onDecide }: Props) {
  const { t } = useTranslation('reviews')
  const first = selected[0]
  if (!first) return null
  return (
    <div className="panel batch-bar" role="toolbar" aria-label={t('batch.bar')} data-testid="batch-bar">
      <strong>{t('batch.selected', { n: selected.length, kind: t(`kind.${first.kind}`) })}</strong>
      <Button size="small" type="link" onClick={onAll} data-testid="batch-all">{t('batch.all')}</Button>
      <Button size="small" type="link" onClick={onClear}>{t('batch.clear')}</Button>
      <span className="batch-actions">
        <Button type="primary" onClick={() => onDecide('approve')} data-testid="batch-approve">{t('action.approve')} <kbd>a</kbd></Button>
        <Button danger onClick={() => onDecide('reject')} data-testid="batch-reject">{t('action.reject')} <kbd>r</kbd></Button>
        <Button onClick={() => onDecide('return')} data-testid="batch-return">{t('action.return')} <kbd>b</kbd></Button>
      </span>
    </div>
  )
}
