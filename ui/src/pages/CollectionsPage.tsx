/** All collections the user may see. */
import { PlusOutlined } from '@ant-design/icons'
import { Button, Empty, Skeleton } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Collection } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { PageHead } from '~/components/PageHead'
import { dateTime } from '~/components/time'
import { useCollections } from '~/features/knowledge/knowledge'
import { NewCollection } from '~/features/knowledge/NewCollection'
import { departmentName } from '~/features/reviews/reviews'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/knowledge/knowledge.css'

export function Component() {
  const { t } = useTranslation('knowledge')
  const collections = useCollections()
  const [making, setMaking] = useState(false)
  const manages = may(useUser(), /^collection\.manage$/)
  return (
    <div className="page">
      <PageHead
        title={t('title')}
        note={t('note')}
        actions={manages && <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)} data-testid="new-collection">{t('new.title')}</Button>}
      />
      {collections.isPending && <Skeleton active />}
      {collections.isError && <ErrorCard error={collections.error} onRetry={() => void collections.refetch()} />}
      {collections.data?.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty')} />}
      <div className="collections">
        {collections.data?.map((one) => <CollectionCard key={one.id} collection={one} />)}
      </div>
      <NewCollection open={making} onClose={() => setMaking(false)} />
    </div>
  )
}

function CollectionCard({ collection }: { collection: Collection }) {
  const { t } = useTranslation('knowledge')
  return (
    <Link to={`/knowledge/${collection.id}`} className="panel collection-card" data-testid={`collection-${collection.id}`}>
      <span className="collection-head">
        <strong>{collection.name}</strong>
        <LevelTag level={collection.level} />
      </span>
      <span className="collection-text">{collection.description || t('noDescription')}</span>
      <span className="collection-figures">
        <span><b>{collection.documents.toLocaleString()}</b> {t('documents.unit')}</span>
        <span><b>{collection.articles.toLocaleString()}</b> {t('articles.unit')}</span>
      </span>
      <span className="collection-foot">
        <span>{departmentName(collection.department) || '—'}</span>
        {collection.region && <span>{t('region', { code: collection.region })}</span>}
        {collection.updated_at && <span>{t('updated', { at: dateTime(collection.updated_at) })}</span>}
      </span>
    </Link>
  )
}
