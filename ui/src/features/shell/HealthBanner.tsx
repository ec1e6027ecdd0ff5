/** Says so when the line or the server is gone, and when it is back. */
import { useQuery } from '@tanstack/react-query'
import { Alert } from 'antd'
import { useTranslation } from 'react-i18next'

async function ready(): Promise<'ready' | 'degraded' | 'gone'> {
  try {
    const response = await fetch('/readyz', { cache: 'no-store' })
    return response.ok ? 'ready' : 'degraded'
  } catch {
    return 'gone'
  }
}

export function HealthBanner() {
  const { t } = useTranslation('common')
  const { data } = useQuery({
    queryKey: ['readyz'],
    queryFn: ready,
    refetchInterval: (query) => (query.state.data === 'ready' ? 30_000 : 5_000),
    networkMode: 'always',
  })
  if (!data || data === 'ready') return null
  return <Alert banner type="warning" title={t(`health.${data}`)} data-testid="health-banner" />
}
