/** The documents of a collection, page by page. */
import { SearchOutlined, WarningFilled } from '@ant-design/icons'
import { Empty, Input, Popover, Table, type TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DocumentRow } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { Pager } from '~/components/Pager'
import { ValidityBadge } from '~/components/ValidityBadge'
import { bytes, dateTime } from '~/components/time'
import { useCursor } from '~/components/useCursor'
import { useSettled } from '~/components/useSettled'
import { defectWords } from './defects'
import { personName, useDocuments } from './knowledge'

export function DocumentTable({ collection }: { collection: string }) {
  const { t } = useTranslation('knowledge')
  const [typed, setTyped] = useState('')
  const q = useSettled(typed.trim())
  const cursor = useCursor(`${collection}?${q}`)
  const list = useDocuments(collection, q, cursor.after)
  const columns: TableColumnsType<DocumentRow> = [
    {
      title: t('column.title'),
      dataIndex: 'title',
      render: (_, row) => (
        <div className="document-cell">
          <Link to={`/documents/${row.id}`} data-testid="document-link">{row.title}</Link>
          <span className="muted">{[row.doc_number, row.issuer].filter(Boolean).join(' · ')}</span>
        </div>
      ),
    },
    { title: t('column.state'), dataIndex: 'state', width: 120, render: (_, row) => <DocumentState row={row} /> },
    { title: t('column.validity'), dataIndex: 'validity', width: 120, responsive: ['sm'], render: (_, row) => (row.state === 'ready' ? <ValidityBadge validity={row.validity} /> : '—') },
    { title: t('column.articles'), dataIndex: 'articles', width: 80, align: 'right', responsive: ['md'] },
    { title: t('column.format'), dataIndex: 'format', width: 150, responsive: ['lg'], render: (_, row) => [row.format, bytes(row.size_bytes)].filter(Boolean).join(' · ') },
    {
      title: t('column.imported'),
      dataIndex: 'imported_at',
      width: 170,
      responsive: ['lg'],
      render: (_, row) => (
        <div className="document-cell">
          <span>{dateTime(row.imported_at)}</span>
          <span className="muted">{personName(row.imported_by)}</span>
        </div>
      ),
    },
  ]
  return (
    <div className="panel">
      <div className="toolbar">
        <Input className="grow" allowClear prefix={<SearchOutlined />} placeholder={t('documents.search')} aria-label={t('documents.search')} value={typed} onChange={(event) => setTyped(event.target.value)} data-testid="document-search" />
      </div>
      {list.isError ? (
        <div className="panel-pad"><ErrorCard error={list.error} onRetry={() => void list.refetch()} /></div>
      ) : (
        <Table<DocumentRow>
          rowKey="id"
          columns={columns}
          dataSource={list.data?.items ?? []}
          loading={list.isPending}
          pagination={false}
          size="middle"
          locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t(q ? 'documents.nothing' : 'documents.empty')} /> }}
        />
      )}
      <Pager page={cursor.page} next={list.data?.next} busy={list.isFetching} onForward={cursor.forward} onBack={cursor.back} />
    </div>
  )
}

const TONES = { ready: 'green', importing: 'blue', failed: 'red' } as const

export function DocumentState({ row }: { row: Pick<DocumentRow, 'state' | 'defects'> }) {
  const { t } = useTranslation('knowledge')
  const defects = row.defects ?? []
  return (
    <span className="document-state" data-testid="document-state" data-state={row.state}>
      <span className={`badge ${TONES[row.state] ?? ''}`}>{t(`state.${row.state}`)}</span>
      {defects.length > 0 && (
        <Popover
          title={t('defects', { n: defects.length })}
          content={
            <ul className="defects">
              {defects.map((defect) => (
                <li key={defect.code + defect.message + defect.page}>
                  {defectWords(defect, t)} {defect.page != null && <span className="muted">{t('page', { n: defect.page })}</span>} <code>{defect.code}</code>
                </li>
              ))}
            </ul>
          }
        >
          <WarningFilled tabIndex={0} className="defect-sign" aria-label={t('defects', { n: defects.length })} />
        </Popover>
      )}
    </span>
  )
}
