/** An address that leads nowhere. */
import { Button, Result } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

export function Component() {
  const { t } = useTranslation('common')
  return (
    <Result
      status="404"
      title={t('missing.title')}
      subTitle={t('missing.next')}
      extra={<Link to="/"><Button type="primary">{t('home')}</Button></Link>}
    />
  )
}
