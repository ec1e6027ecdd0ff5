/** Questions that found nothing: what people ask and the collection does not answer. */
import { ExperimentOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Empty, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get, query } from '~/api/client'
import type { Gap } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { ago, dateTime } from '~/components/time'

export function GapsPanel({ collection }: { collection: string }) {
  const { t } = useTranslation('health')
  const found = useQuery({ queryKey: ['gaps', collection], queryFn: ({ signal }) => get<{ items: Gap[] }>(`/collections/${encodeURIComponent(collection)}/gaps`, signal), select: (page) => page.items })
  if (found.isPending) return <div className="panel panel-pad"><Skeleton active /></div>
  if (found.isError) return <ErrorCard error={found.error} onRetry={() => void found.refetch()} />
  const most = Math.max(1, ...found.data.map((gap) => gap.count))
  return (
    <section className="panel panel-pad" data-testid="gaps" aria-label={t('gaps.title')}>
      <header className="health-head">
        <h2>{t('gaps.title')}</h2>
        <span className="muted">{t('gaps.note')}</span>
      </header>
      {found.data.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('gaps.none')} />}
      <ol className="gaps">
        {found.data.map((gap) => (
          <li key={gap.question} data-testid="gap">
            <span className="gap-question">{gap.question}</span>
            <span className="gap-bar" aria-hidden="true"><span style={{ width: `${(gap.count / most) * 100}%` }} /></span>
            <span className="gap-count">{t('gaps.count', { n: gap.count })}</span>
            <span className="muted" title={dateTime(gap.last_at)}>{ago(gap.last_at)}</span>
            <Link to={`/knowledge/${collection}${query({ tab: 'search', q: gap.question })}`} data-testid="try-gap"><ExperimentOutlined /> {t('gaps.try')}</Link>
          </li>
        ))}
      </ol>
    </section>
  )
}
