/** All enterprises against all policies: begin, see how far it is, take the file away. */
import { DownloadOutlined, PlayCircleOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Progress, Table } from 'antd'
import { useTranslation } from 'react-i18next'
import { get, post, ROOT } from '~/api/client'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import type { Batch } from './entitlements'

const runs = (batch: Batch) => batch.state === 'queued' || batch.state === 'running'

export function Batches() {
  const { t } = useTranslation('entitlements')
  const client = useQueryClient()
  const batches = useQuery({
    queryKey: ['batches'],
    queryFn: ({ signal }) => get<{ items: Batch[] }>('/matching_batches', signal),
    select: (page) => page.items,
    refetchInterval: (query) => (query.state.data?.items.some(runs) ? 700 : false),
  })
  const begin = useMutation({ mutationFn: () => post<Batch>('/matching_batches', { top: 20 }), onSuccess: () => void client.invalidateQueries({ queryKey: ['batches'] }) })
  return (
    <>
      <div className="tab-tools">
        <p className="muted">{t('batches.note')}</p>
        <Button type="primary" icon={<PlayCircleOutlined />} loading={begin.isPending} onClick={() => begin.mutate()} data-testid="begin-batch">{t('batches.begin')}</Button>
      </div>
      {begin.isError && <ErrorCard error={begin.error} />}
      {batches.isError && <ErrorCard error={batches.error} onRetry={() => void batches.refetch()} />}
      <Table
        rowKey="job_id"
        size="middle"
        loading={batches.isPending}
        dataSource={batches.data}
        locale={{ emptyText: t('batches.empty') }}
        pagination={false}
        scroll={{ x: 640 }}
        columns={[
          { title: t('batches.at'), render: (_, row: Batch) => dateTime(row.created_at) },
          { title: t('batches.state'), render: (_, row: Batch) => (runs(row) ? <Progress percent={Math.round(row.progress * 100)} size="small" style={{ width: 140 }} /> : <span data-testid={`batch-${row.state}`}>{t(`batches.${row.state}`)}{row.error ? ` ${row.error}` : ''}</span>) },
          { title: t('batches.enterprises'), render: (_, row: Batch) => row.enterprises?.toLocaleString('en-US') ?? '—' },
          { title: t('batches.policies'), render: (_, row: Batch) => row.policies ?? '—' },
          { title: t('batches.withAny'), render: (_, row: Batch) => row.with_any?.toLocaleString('en-US') ?? '—' },
          { title: '', align: 'right', render: (_, row: Batch) => row.state === 'succeeded' && <a href={`${ROOT}/matching_batches/${row.job_id}/file`} download data-testid="batch-file"><DownloadOutlined /> {t('batches.file')}</a> },
        ]}
      />
    </>
  )
}
