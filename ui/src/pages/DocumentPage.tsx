/** One document: what it is, whether it is in force, its versions and its text by article. */
import { DeleteOutlined, DiffOutlined, DownloadOutlined, WarningOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Descriptions, Select, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { query, remove, ROOT } from '~/api/client'
import type { DocumentFull } from '~/api/types'
import { describe, ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { ValidityBadge } from '~/components/ValidityBadge'
import { bytes, dateTime } from '~/components/time'
import { DocumentState } from '~/features/knowledge/DocumentTable'
import { defectWords } from '~/features/knowledge/defects'
import { personName, useCollections, useDocument } from '~/features/knowledge/knowledge'
import { may } from '~/features/session/access'
import { ArticleReader } from '~/features/reading/ArticleReader'
import { TimelineView } from '~/features/reading/TimelineView'
import { useUser } from '~/features/session/session'
import '~/features/knowledge/knowledge.css'

export function Component() {
  const { document: id = '' } = useParams()
  const found = useDocument(id)
  if (found.isPending) return <div className="page"><Skeleton active /></div>
  if (found.isError) return <div className="page page-narrow"><ErrorCard error={found.error} onRetry={() => void found.refetch()} /></div>
  return <DocumentView key={id} document={found.data} />
}

function useCollectionOf({ collection }: DocumentFull): { id: string; name: string } | null {
  const known = useCollections().data
  if (!collection) return null
  if (typeof collection !== 'string') return collection
  return { id: collection, name: known?.find((one) => one.id === collection)?.name ?? collection }
}

/** What of the metadata stands elsewhere on the page already. */
const SHOWN = new Set(['title', 'authority', 'issuer', 'doc_number', 'format'])

function DocumentView({ document }: { document: DocumentFull }) {
  const { t } = useTranslation(['knowledge', 'ask'])
  const [params, setParams] = useSearchParams()
  const current = document.versions?.find((one) => one.current)
  const version = params.get('version') ?? undefined
  const go = useNavigate()
  const setVersion = (next: string) => setParams((old) => (old.set('version', next), old), { replace: true })
  const collection = useCollectionOf(document)
  const user = useUser()
  const confirmDelete = useDelete(document, collection?.id)
  const shown = version ?? (current ?? document.versions?.[0])?.id
  const facts = [
    ['issuer', document.issuer],
    ['number', document.doc_number],
    ['authority', document.authority],
    ['format', [document.format, bytes(document.size_bytes)].filter(Boolean).join(' · ')],
    ['articles', document.articles],
    ['imported', [dateTime(document.imported_at), personName(document.imported_by)].filter(Boolean).join(' · ')],
    ...Object.entries(document.metadata ?? {}).filter(([key, value]) => !SHOWN.has(key) && typeof value === 'string' && value !== ''),
  ].filter(([, value]) => value !== null && value !== undefined && value !== '') as [string, string][]
  return (
    <div className="page">
      <PageHead
        crumbs={
          <>
            <Link to="/knowledge">{t('title')}</Link>
            {collection && <> / <Link to={`/knowledge/${collection.id}`}>{collection.name}</Link></>}
          </>
        }
        title={document.title}
        note={
          <span className="document-badges">
            <DocumentState row={document} />
            <ValidityBadge validity={document.validity} dates />
            {document.validity?.note && <span>{document.validity.note}</span>}
          </span>
        }
        actions={
          <>
            {(document.versions?.length ?? 0) > 1 && (
              <Select
                value={shown}
                onChange={setVersion}
                aria-label={t('version.label')}
                options={document.versions.map((one) => ({ value: one.id, label: t(one.current ? 'version.current' : 'version.old', { n: one.number, at: dateTime(one.imported_at) }) }))}
                style={{ minWidth: 200 }}
              />
            )}
            {(document.versions?.length ?? 0) > 1 && <Button icon={<DiffOutlined />} onClick={() => void go(`/documents/${document.id}/difference`)} data-testid="open-difference">{t('difference')}</Button>}
            {document.defects.length > 0 && <Button icon={<WarningOutlined />} onClick={() => void go(`/documents/${document.id}/pages`)} data-testid="open-pages">{t('pages.open')}</Button>}
            <Button icon={<DownloadOutlined />} href={`${ROOT}/documents/${document.id}/file`} download data-testid="download">{t('download')}</Button>
            {may(user, /^document\.remove$/) && <Button danger icon={<DeleteOutlined />} onClick={confirmDelete} data-testid="delete-document">{t('common:delete')}</Button>}
          </>
        }
      />
      <div className="stack">
        <TimelineView
          document={document.id}
          shown={shown}
          asOf={params.get('as_of')}
          onAsOf={(day, item) => {
            if (item && item.document_id !== document.id) return void go(`/documents/${item.document_id}${query({ as_of: day, version: item.version_id })}`)
            setParams((old) => {
              if (day) old.set('as_of', day)
              else old.delete('as_of')
              if (item?.version_id) old.set('version', item.version_id)
              return old
            }, { replace: true })
          }}
        />
        {version && current && version !== current.id && <Alert type="warning" showIcon title={t('version.notCurrent')} />}
        {document.state === 'failed' && <Alert type="error" showIcon title={t('failed')} description={document.defects[0] && defectWords(document.defects[0], t)} />}
        <div className="panel panel-pad">
          <Descriptions size="small" column={{ xs: 1, sm: 2, lg: 3 }} items={facts.map(([key, value]) => ({ key, label: t(`fact.${key}`, { defaultValue: key }), children: String(value) }))} />
        </div>
        {document.state === 'ready' && <ArticleReader document={document.id} title={document.title} version={version} />}
      </div>
    </div>
  )
}

function useDelete(document: DocumentFull, collection: string | undefined) {
  const { t } = useTranslation('knowledge')
  const { modal, message } = App.useApp()
  const queries = useQueryClient()
  const go = useNavigate()
  return () =>
    void modal.confirm({
      title: t('delete.title', { title: document.title }),
      content: t('delete.text'),
      okText: t('delete.submit'),
      okButtonProps: { danger: true, 'data-testid': 'confirm-delete' } as never,
      cancelText: t('common:cancel'),
      onOk: async () => {
        try {
          await remove(`/documents/${encodeURIComponent(document.id)}`)
        } catch (error) {
          void message.error(describe(error, t).title)
          return
        }
        void message.success(t('delete.done'))
        for (const key of [['documents'], ['collections'], ['collection']]) void queries.invalidateQueries({ queryKey: key })
        void go(collection ? `/knowledge/${collection}` : '/knowledge')
      },
    })
}
