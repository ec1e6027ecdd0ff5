/** The audit log: behind a written reason, filtered, with the state of its chain. */
import { LockOutlined } from '@ant-design/icons'
import { Alert, Button, DatePicker, Empty, Input, Select, Table, type TableColumnsType } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AuditEntry } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { Pager } from '~/components/Pager'
import { dateTime } from '~/components/time'
import { useCursor } from '~/components/useCursor'
import { useSettled } from '~/components/useSettled'
import { actorOf, DEEDS, useAudit } from '~/features/audit/audit'
import { ChainCard } from '~/features/audit/ChainCard'
import { EntryDrawer } from '~/features/audit/EntryDrawer'
import { ReadingDialog } from '~/features/audit/ReadingDialog'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/audit/audit.css'

const TONES: Record<string, string> = { done: 'green', refused: 'amber', failed: 'red' }

export function Component() {
  const { t } = useTranslation('audit')
  const user = useUser()
  const [reading, setReading] = useState<string | null>(null)
  const [asking, setAsking] = useState(true)
  const [deed, setDeed] = useState<string | undefined>()
  const [typed, setTyped] = useState('')
  const [subject, setSubject] = useState('')
  const [days, setDays] = useState<[Dayjs | null, Dayjs | null] | null>(null)
  const [entry, setEntry] = useState<AuditEntry | null>(null)
  const actor = useSettled(typed.trim())
  const about = useSettled(subject.trim())
  const filter = { actor, subject: about, deed, from: days?.[0]?.startOf('day').toISOString(), until: days?.[1]?.endOf('day').toISOString() }
  const cursor = useCursor(JSON.stringify(filter) + String(reading))
  const list = useAudit(filter, cursor.after, reading !== null)
  const withheld = list.data?.items.some((one) => one.withheld) ?? false
  const columns: TableColumnsType<AuditEntry> = [
    { title: t('field.seq'), dataIndex: 'seq', width: 76, render: (seq: number) => <span className="mono">{seq}</span> },
    { title: t('field.at'), dataIndex: 'at', width: 172, render: (at: string) => <span className="nowrap">{dateTime(at, true)}</span> },
    { title: t('field.actor'), width: 130, responsive: ['sm'], render: (_, row) => (row.withheld ? <Withheld /> : <Actor entry={row} />) },
    { title: t('field.deed'), dataIndex: 'deed', render: (code: string) => t(`deed.${code.replaceAll('.', '_')}`, { defaultValue: code }) },
    { title: t('field.outcome'), dataIndex: 'outcome', width: 92, render: (outcome: string) => <span className={`badge ${TONES[outcome] ?? ''}`}>{t(`outcome.${outcome}`, { defaultValue: outcome })}</span> },
    { title: t('field.subject'), dataIndex: 'subject', responsive: ['lg'], ellipsis: true, render: (subject: string, row) => (row.withheld ? <Withheld /> : <span className="mono">{subject}</span>) },
    { title: t('field.reason'), dataIndex: 'reason', responsive: ['xl'], ellipsis: true, render: (reason: string | null, row) => (row.withheld ? <Withheld /> : reason) },
    { title: t('field.hash'), dataIndex: 'hash', width: 150, responsive: ['xl'], render: (hash: string) => <span className="mono nowrap" title={hash}>{hash.slice(0, 12)}…</span> },
  ]
  return (
    <div className="page">
      <PageHead
        title={t('title')}
        note={reading ? t('reading.until', { at: dateTime(reading) }) : t('note')}
        actions={!reading && <Button type="primary" icon={<LockOutlined />} onClick={() => setAsking(true)} data-testid="ask-reading">{t('reading.title')}</Button>}
      />
      <div className="stack">
        <ChainCard may={may(user, /^audit\.verify$/)} exports={reading !== null && may(user, /^audit\.export$/)} />
        {withheld && !asking && <Alert type="info" showIcon title={t('withheld')} />}
        <div className="panel">
          <div className="toolbar">
            <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('filter.deed')} aria-label={t('filter.deed')} value={deed} onChange={setDeed} className="audit-deed" options={DEEDS.map((code) => ({ value: code, label: t(`deed.${code.replaceAll('.', '_')}`) }))} />
            <Input allowClear placeholder={t('filter.actor')} aria-label={t('filter.actor')} value={typed} onChange={(event) => setTyped(event.target.value)} className="audit-actor" disabled={!reading} />
            <Input allowClear placeholder={t('filter.subject')} aria-label={t('filter.subject')} value={subject} onChange={(event) => setSubject(event.target.value)} className="audit-actor" disabled={!reading} />
            <DatePicker.RangePicker value={days} onChange={setDays} allowEmpty={[true, true]} className="audit-days" />
          </div>
          {list.isError ? (
            <div className="panel-pad"><ErrorCard error={list.error} onRetry={() => void list.refetch()} /></div>
          ) : (
            <Table<AuditEntry>
              rowKey="seq"
              size="small"
              columns={columns}
              dataSource={list.data?.items ?? []}
              loading={list.isPending}
              pagination={false}
              onRow={(row) => ({ onClick: () => setEntry(row), onKeyDown: (event: { key: string }) => event.key === 'Enter' && setEntry(row), tabIndex: 0, className: 'audit-row', 'data-testid': 'audit-row' }) as never}
              locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty')} /> }}
            />
          )}
          <Pager page={cursor.page} next={list.data?.next} busy={list.isFetching} onForward={cursor.forward} onBack={cursor.back} />
        </div>
      </div>
      <EntryDrawer
        entry={entry}
        onClose={() => setEntry(null)}
        onOnly={(only) => {
          setEntry(null)
          setTyped(only.actor ?? '')
          setSubject(only.subject ?? '')
        }}
      />
      <ReadingDialog
        open={asking && !reading}
        onClose={() => setAsking(false)}
        onOpen={(until) => {
          setReading(until)
          setAsking(false)
        }}
      />
    </div>
  )
}

function Withheld() {
  const { t } = useTranslation('audit')
  return <LockOutlined className="muted" title={t('withheld')} />
}

function Actor({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation('audit')
  const { name, kind } = actorOf(entry)
  return name ?? <span className="muted">{t(`kind.${kind}`, { defaultValue: kind })}</span>
}
