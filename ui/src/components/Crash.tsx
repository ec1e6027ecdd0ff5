/** The page that stands when a page itself fails. */
import { useTranslation } from 'react-i18next'
import { useRouteError } from 'react-router'
import { ErrorCard } from './ErrorCard'

export function Crash() {
  const error = useRouteError()
  const { t } = useTranslation('common')
  return (
    <main style={{ maxWidth: 560, margin: '12vh auto', padding: '0 16px' }}>
      <ErrorCard error={error} onRetry={() => window.location.reload()} />
      <p style={{ marginTop: 16 }}>
        <a href="/">{t('home')}</a>
      </p>
    </main>
  )
}
