/** One collection: its documents, bringing in new ones, and trying the retrieval. */
import { Skeleton, Tabs } from 'antd'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams, useSearchParams } from 'react-router'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { PageHead } from '~/components/PageHead'
import { DocumentTable } from '~/features/knowledge/DocumentTable'
import { EmbeddingChoice } from '~/features/knowledge/EmbeddingChoice'
import { FreshnessPanel } from '~/features/knowledge/Freshness'
import { GapsPanel } from '~/features/knowledge/Gaps'
import { useCollection } from '~/features/knowledge/knowledge'
import { RemoveCollection } from '~/features/knowledge/RemoveCollection'
import { UploadZone } from '~/features/knowledge/UploadZone'
import { departmentName } from '~/features/reviews/reviews'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/knowledge/knowledge.css'

/** Loaded when its tab is opened. */
const RetrievalBench = lazy(() => import('~/features/retrieval/RetrievalBench').then((file) => ({ default: file.RetrievalBench })))

export function Component() {
  const { t } = useTranslation('knowledge')
  const { collection: id = '' } = useParams()
  const collection = useCollection(id)
  const [params, setParams] = useSearchParams()
  const user = useUser()
  if (collection.isPending) return <div className="page"><Skeleton active /></div>
  if (collection.isError) return <div className="page page-narrow"><ErrorCard error={collection.error} onRetry={() => void collection.refetch()} /></div>
  const one = collection.data
  const documents = (
    <div className="stack">
      {may(user, /^document\.import$/) && <UploadZone collection={id} />}
      <DocumentTable collection={id} />
    </div>
  )
  const tabs = [{ key: 'documents', label: t('tab.documents'), children: documents }]
  if (may(user, /^search$/)) tabs.push({ key: 'search', label: t('tab.search'), children: <Suspense fallback={<Skeleton active />}><RetrievalBench key={id} collection={id} /></Suspense> })
  tabs.push({ key: 'health', label: t('tab.health'), children: <div className="stack"><FreshnessPanel collection={id} /><GapsPanel collection={id} /><EmbeddingChoice collection={one} may={may(user, /^collection\.manage$/)} /></div> })
  const tab = tabs.some((one) => one.key === params.get('tab')) ? (params.get('tab') ?? 'documents') : 'documents'
  return (
    <div className="page" key={id}>
      <PageHead
        actions={may(user, /^collection\.manage$/) ? <RemoveCollection collection={one} /> : undefined}
        crumbs={<Link to="/knowledge">{t('title')}</Link>}
        title={<>{one.name} <LevelTag level={one.level} /></>}
        note={
          <>
            {one.description && <span>{one.description}<br /></span>}
            <span className="muted">
              {[t('count', { documents: one.documents, articles: one.articles }), departmentName(one.department), one.region && t('region', { code: one.region })].filter(Boolean).join(' · ')}
            </span>
          </>
        }
      />
      <Tabs items={tabs} activeKey={tab} onChange={(key) => setParams(key === 'documents' ? {} : { tab: key })} destroyOnHidden />
    </div>
  )
}
