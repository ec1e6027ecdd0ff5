/** All work orders that one may see: filters in the address, a file out, a table in. */
import { Button, Checkbox, DatePicker, Input, Modal, Select, Table, Upload } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { HotlineImported, HotlineOrder } from '~/api/types'
import { describe, ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { TimeLeft } from '~/components/TimeLeft'
import { dateTime } from '~/components/time'
import { useMedia } from '~/components/useMedia'
import { useSettled } from '~/components/useSettled'
import { exportAddress, importTable, KINDS, type OrderQuery, placeWords, SHELVES, useOrders, useSettings } from '~/features/hotline/hotline'
import { OrderCard, Urgency } from '~/features/hotline/parts'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/hotline/hotline.css'

const SIZE = 20
const KEYS = ['shelf', 'kind', 'region', 'department', 'category', 'overdue', 'from', 'to', 'q'] as const

export function Component() {
  const { t } = useTranslation('hotline')
  const user = useUser()
  const settings = useSettings()
  const wide = useMedia('(min-width: 900px)')
  const [params, setParams] = useSearchParams()
  const [importing, setImporting] = useState(false)
  const wanted: OrderQuery = Object.fromEntries(KEYS.map((key) => [key, params.get(key) ?? undefined]))
  const page = Number(params.get('page') ?? '1') || 1
  const settled = useSettled(wanted.q ?? '', 300)
  const orders = useOrders({ ...wanted, q: settled || undefined, limit: SIZE, after: page > 1 ? String((page - 1) * SIZE) : undefined })
  const set = (key: string, value: string | undefined) => {
    const next = new URLSearchParams(params)
    if (value) next.set(key, value)
    else next.delete(key)
    if (key !== 'page') next.delete('page')
    setParams(next, { replace: true })
  }
  const pick = (key: (typeof KEYS)[number], options: { value: string; label: string }[], label: string) => (
    <Select allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={label} placeholder={label} value={wanted[key] as string | undefined} onChange={(value) => set(key, value)} options={options} style={{ minWidth: 130 }} />
  )
  return (
    <div className="page hotline-page">
      <PageHead title={t('list.title')} crumbs={<Link to="/hotline">{t('title')}</Link>} note={orders.data ? t('list.count', { n: orders.data.total }) : undefined} actions={
        <>
          <a className="plain-button" href={exportAddress(wanted)} download data-testid="export">{t('list.export')}</a>
          {may(user, /^hotline\.take$/) && <Button onClick={() => setImporting(true)} data-testid="import">{t('list.import')}</Button>}
        </>
      } />
      <div className="hotline-filters">
        <Input.Search allowClear aria-label={t('list.search')} placeholder={t('list.search')} defaultValue={wanted.q} onChange={(event) => set('q', event.target.value)} style={{ width: 220 }} />
        {pick('shelf', SHELVES.map((value) => ({ value, label: t(`shelf.${value}`) })), t('list.shelf'))}
        {pick('kind', KINDS.map((value) => ({ value, label: t(`kind.${value}`) })), t('field.kind'))}
        {pick('region', (settings.data?.regions ?? []).map((one) => ({ value: one.id, label: one.name })), t('field.region'))}
        {pick('department', (settings.data?.departments ?? []).map((one) => ({ value: one.id, label: one.name })), t('field.responsible'))}
        <DatePicker.RangePicker aria-label={t('list.days')} value={wanted.from && wanted.to ? [dayjs(wanted.from), dayjs(wanted.to)] : null} onChange={(range) => {
          const next = new URLSearchParams(params)
          next.delete('page')
          for (const [key, day] of [['from', range?.[0]], ['to', range?.[1]]] as const) {
            if (day) next.set(key, day.format('YYYY-MM-DD'))
            else next.delete(key)
          }
          setParams(next, { replace: true })
        }} />
        <Checkbox checked={wanted.overdue === 'true'} onChange={(event) => set('overdue', event.target.checked ? 'true' : undefined)}>{t('list.overdue')}</Checkbox>
      </div>
      {orders.isError && <ErrorCard error={orders.error} onRetry={() => void orders.refetch()} />}
      {wide ? (
        <Table<HotlineOrder>
          rowKey="id"
          size="small"
          loading={orders.isPending}
          dataSource={orders.data?.items ?? []}
          locale={{ emptyText: t('list.empty') }}
          pagination={{ current: page, pageSize: SIZE, total: orders.data?.total ?? 0, onChange: (next) => set('page', String(next)), showSizeChanger: false }}
          columns={[
            { title: t('list.number'), dataIndex: 'number', render: (number: string, order) => <Link to={`/hotline/orders/${order.id}`} className="mono">{number}</Link> },
            { title: t('field.summary'), dataIndex: 'summary', ellipsis: true, width: '24%' },
            { title: t('field.kind'), dataIndex: 'kind', render: (kind: string) => t(`kind.${kind}`) },
            { title: t('field.category'), render: (_, order) => order.category?.path[2] ?? '—' },
            { title: t('field.place'), render: (_, order) => placeWords(order.place) || '—', ellipsis: true },
            { title: t('field.urgency'), dataIndex: 'urgency', render: (value: string) => <Urgency value={value} /> },
            { title: t('field.responsible'), render: (_, order) => order.responsible?.name ?? '—', ellipsis: true },
            { title: t('list.stand'), dataIndex: 'stand', render: (stand: string) => t(`stand.${stand}`) },
            { title: t('list.clock'), render: (_, order) => (order.clock ? <TimeLeft due={order.clock.due} /> : dateTime(order.received_at)) },
          ]}
        />
      ) : (
        <div className="hotline-cards">
          {orders.data?.items.map((order) => <OrderCard key={order.id} order={order} />)}
          {orders.data?.items.length === 0 && <p className="muted">{t('list.empty')}</p>}
          {orders.data && orders.data.total > SIZE && <div className="hotline-row"><Button disabled={page <= 1} onClick={() => set('page', String(page - 1))}>{t('common:pager.back')}</Button><Button disabled={page * SIZE >= orders.data.total} onClick={() => set('page', String(page + 1))}>{t('common:pager.next')}</Button></div>}
        </div>
      )}
      {importing && <Importing onClose={() => { setImporting(false); void orders.refetch() }} />}
    </div>
  )
}

/** First a look at what would come of it, then the real thing. */
function Importing({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('hotline')
  const [file, setFile] = useState<File | null>(null)
  const [seen, setSeen] = useState<HotlineImported | null>(null)
  const [fault, setFault] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const send = async (table: File, dry: boolean) => {
    setBusy(true)
    setFault(null)
    try {
      setSeen(await importTable(table, dry))
    } catch (error) {
      setSeen(null)
      setFault(error)
    } finally {
      setBusy(false)
    }
  }
  const done = seen !== null && seen.imported > 0
  const detail = fault && typeof fault === 'object' && 'detail' in fault ? String((fault as { detail: unknown }).detail ?? '') : ''
  return (
    <Modal open title={t('import.title')} onCancel={onClose} footer={[
      <Button key="close" onClick={onClose}>{t('common:close')}</Button>,
      <Button key="go" type="primary" loading={busy} disabled={!file || !seen || seen.sound === 0 || done} onClick={() => file && void send(file, false)} data-testid="import-go">{t('import.go', { n: seen?.sound ?? 0 })}</Button>,
    ]}>
      <p className="muted">{t('import.note')}</p>
      <Upload.Dragger accept=".csv,text/csv" maxCount={1} showUploadList={false} beforeUpload={(chosen) => { setFile(chosen); setSeen(null); void send(chosen, true); return false }}>
        <p>{file ? file.name : t('import.drop')}</p>
      </Upload.Dragger>
      {fault !== null && <div className="note-card red" role="alert"><p>{describe(fault, t).title}</p><p className="mono">{detail}</p></div>}
      {seen && <p data-testid="import-said">{done ? t('import.done', { n: seen.imported }) : t('import.sound', { n: seen.sound })}</p>}
      {seen && seen.problems.length > 0 && (
        <ul className="hotline-problems" data-testid="import-problems">
          {seen.problems.slice(0, 50).map((one, at) => <li key={at}>{t('import.problem', { line: one.line, column: one.column || '—' })} {t(`import.code.${one.code}`, { defaultValue: one.code })} <span className="mono muted">{one.message}</span></li>)}
        </ul>
      )}
    </Modal>
  )
}
