/** The live queue, and what was used: by department, scenario, model and caller. */
import { DownloadOutlined } from '@ant-design/icons'
import { Button, Empty, Segmented, Select, Skeleton, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ROOT } from '~/api/client'
import type { QueueLine, UsageLine } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { BY, type By, daily, dayBefore, number, summed, tokens, usagePath, useQueue, useUsage } from './models'

export function Queue() {
  const { t } = useTranslation('models')
  const queue = useQueue()
  if (queue.isPending) return <Skeleton active />
  if (queue.isError) return <ErrorCard error={queue.error} onRetry={() => void queue.refetch()} />
  return (
    <section className="panel model-section" data-testid="queue">
      <Table<QueueLine>
        rowKey={(row) => `${row.place} ${row.scenario} ${row.department} ${row.waiting > 0}`}
        size="middle"
        pagination={false}
        dataSource={queue.data.items}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('queue.empty')} /> }}
        columns={[
          { title: t('queue.scenario'), render: (_, row) => row.scenario || <span className="muted">{t('queue.byRoute')}</span> },
          { title: t('queue.place'), dataIndex: 'place', render: (id: string) => <span className="mono">{id}</span> },
          { title: t('queue.department'), dataIndex: 'department' },
          { title: t('queue.running'), dataIndex: 'running' },
          { title: t('queue.waiting'), dataIndex: 'waiting' },
          { title: t('queue.oldest'), render: (_, row) => (row.waiting > 0 ? t('queue.seconds', { n: Math.ceil(row.oldest_wait_ms / 1000) }) : '—') },
          { title: t('queue.borrowed'), dataIndex: 'borrowed' },
        ]}
      />
    </section>
  )
}

export function Usage() {
  const { t } = useTranslation('models')
  const [by, setBy] = useState<By>('department')
  const [days, setDays] = useState(30)
  const from = dayBefore(days - 1)
  const usage = useUsage(by, from)
  const lines = usage.data?.items ?? []
  const mean = (sum: number, calls: number) => t('usage.msec', { n: number(Math.round(sum / Math.max(1, calls))) })
  return (
    <>
      <div className="usage-bar">
        <Segmented<By> value={by} onChange={setBy} options={BY.map((value) => ({ value, label: t(`usage.${value}`) }))} />
        <Select value={days} onChange={setDays} options={[7, 30, 90].map((n) => ({ value: n, label: t('usage.days', { n }) }))} aria-label={t('usage.by')} />
        <Button icon={<DownloadOutlined />} href={ROOT + usagePath(by, from, 'csv')}>{t('usage.export')}</Button>
      </div>
      {usage.isPending && <Skeleton active />}
      {usage.isError && <ErrorCard error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.data && lines.length === 0 && <Empty description={t('usage.empty')} />}
      {lines.length > 0 && (
        <>
          <Days days={daily(lines, from, dayBefore(0))} />
          <section className="panel model-section" data-testid="usage">
            <Table<UsageLine>
              rowKey="name"
              size="middle"
              pagination={false}
              dataSource={summed(lines)}
              scroll={{ x: 'max-content' }}
              columns={[
                { title: t(`usage.${by}`), render: (_, row) => row.name || <span className="muted">{t('usage.none')}</span> },
                { title: t('usage.tokens'), width: 220, render: (_, row) => <Bar share={tokens(row) / Math.max(1, ...summed(lines).map(tokens))} text={number(tokens(row))} /> },
                { title: t('usage.calls'), render: (_, row) => number(row.calls) },
                { title: t('usage.tokensIn'), render: (_, row) => number(row.tokens_in) },
                { title: t('usage.tokensOut'), render: (_, row) => number(row.tokens_out) },
                { title: t('usage.reasoning'), render: (_, row) => number(row.tokens_reasoning) },
                { title: t('usage.first'), render: (_, row) => mean(row.first_token_ms, row.calls) },
                { title: t('usage.wait'), render: (_, row) => mean(row.wait_ms, row.calls) },
                { title: t('usage.energy'), render: (_, row) => t('usage.wh', { n: (row.energy_mwh / 1000).toFixed(1) }) },
              ]}
            />
          </section>
        </>
      )}
    </>
  )
}

function Bar({ share, text }: { share: number; text: string }) {
  return (
    <span className="usage-cell">
      <span className="usage-fill" style={{ width: `${Math.round(share * 100)}%` }} />
      <span>{text}</span>
    </span>
  )
}

function Days({ days }: { days: { day: string; tokens: number }[] }) {
  const { t } = useTranslation('models')
  const most = Math.max(1, ...days.map((day) => day.tokens))
  return (
    <figure className="panel usage-days" aria-label={t('usage.chart')}>
      <figcaption>{t('usage.chart')}</figcaption>
      <div className="usage-columns">
        {days.map((day) => (
          <span key={day.day} className="usage-column" title={`${day.day} ${number(day.tokens)}`}>
            <span style={{ height: `${(day.tokens / most) * 100}%` }} />
          </span>
        ))}
      </div>
      <div className="usage-ends"><span>{days[0]?.day}</span><span>{days.at(-1)?.day}</span></div>
    </figure>
  )
}
