/** Forward and back through a list of cursor pages. */
import { LeftOutlined, RightOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { useTranslation } from 'react-i18next'

type Props = { page: number; next: string | null | undefined; busy?: boolean; onForward: (next: string) => void; onBack: () => void }

export function Pager({ page, next, busy, onForward, onBack }: Props) {
  const { t } = useTranslation('common')
  if (page === 1 && !next) return null
  return (
    <div className="pager" data-testid="pager">
      <Button size="small" icon={<LeftOutlined />} disabled={page === 1 || busy} onClick={onBack}>{t('pager.back')}</Button>
      <span>{t('pager.page', { n: page })}</span>
      <Button size="small" icon={<RightOutlined />} iconPlacement="end" disabled={!next || busy} onClick={() => next && onForward(next)}>{t('pager.next')}</Button>
    </div>
  )
}
