/** How fresh a collection is: what is law today, what ends soon, what states no dates. */
import { useQuery } from '@tanstack/react-query'
import { Empty, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get } from '~/api/client'
import type { Freshness } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'

const KINDS = ['in_force', 'not_yet', 'superseded', 'repealed', 'expired', 'unknown'] as const

export function FreshnessPanel({ collection }: { collection: string }) {
  const { t } = useTranslation('health')
  const found = useQuery({ queryKey: ['freshness', collection], queryFn: ({ signal }) => get<Freshness>(`/collections/${encodeURIComponent(collection)}/freshness`, signal) })
  if (found.isPending) return <div className="panel panel-pad"><Skeleton active /></div>
  if (found.isError) return <ErrorCard error={found.error} onRetry={() => void found.refetch()} />
  const fresh = found.data
  if (fresh.documents === 0) return <div className="panel panel-pad"><Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty')} /></div>
  const shown = KINDS.filter((kind) => fresh[kind] > 0)
  const all = shown.reduce((sum, kind) => sum + fresh[kind], 0) || 1
  return (
    <section className="panel panel-pad freshness" data-testid="freshness" aria-label={t('title')}>
      <header className="health-head">
        <h2>{t('title')}</h2>
        <span className="muted">{t('imports', { oldest: dateTime(fresh.oldest_import), newest: dateTime(fresh.newest_import) })}</span>
      </header>
      <div className="fresh-bar" aria-hidden="true">
        {shown.map((kind) => <span key={kind} className={`fresh-${kind}`} style={{ flexGrow: fresh[kind] }} title={`${t(`kind.${kind}`)} ${fresh[kind]}`} />)}
      </div>
      <dl className="fresh-legend">
        {shown.map((kind) => (
          <div key={kind} data-testid={`fresh-${kind}`}>
            <dt><i className={`fresh-${kind}`} aria-hidden="true" />{t(`kind.${kind}`)}</dt>
            <dd><b>{fresh[kind].toLocaleString()}</b> <span className="muted">{Math.round((fresh[kind] / all) * 100)}%</span></dd>
          </div>
        ))}
      </dl>
      <div className="fresh-lists">
        <div>
          <h3>{t('expiring')}</h3>
          {fresh.expiring.length === 0 && <p className="muted">{t('noExpiring')}</p>}
          <ul>{fresh.expiring.map((one) => <li key={one.document_id}><Link to={`/documents/${one.document_id}`}>{one.title}</Link><span className="badge amber">{t('until', { date: one.until })}</span></li>)}</ul>
        </div>
        <div>
          <h3>{t('undated')}</h3>
          {fresh.without_dates.length === 0 && <p className="muted">{t('noUndated')}</p>}
          <ul>{fresh.without_dates.map((one) => <li key={one.document_id}><Link to={`/documents/${one.document_id}`}>{one.title}</Link></li>)}</ul>
        </div>
      </div>
    </section>
  )
}
