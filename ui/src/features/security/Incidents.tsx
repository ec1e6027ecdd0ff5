/** Incidents from opened to closed, and callers who are suspended. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Drawer, Form, Input, Modal, Skeleton } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post } from '~/api/client'
import type { Incident, IncidentStep, Suspension } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import { ReasonDialog } from './ReasonDialog'

const STATES: Record<string, string> = { opened: 'red', contained: 'amber', corrected: 'blue', verified: 'blue', closed: 'green' }

export function IncidentsPanel({ manages }: { manages: boolean }) {
  const { t } = useTranslation('protect')
  const [open, setOpen] = useState<string | null>(null)
  const [reporting, setReporting] = useState(false)
  const list = useQuery({ queryKey: ['security', 'incidents'], queryFn: ({ signal }) => get<{ items: Incident[] }>('/security/incidents', signal), refetchInterval: 30_000 })
  return (
    <div className="stack">
      <section className="panel panel-pad" aria-label={t('incidents.title')} data-testid="incidents">
        <header className="testbox-head">
          <h2>{t('incidents.title')}</h2>
          {manages && <Button onClick={() => setReporting(true)} data-testid="incident-report">{t('incidents.report')}</Button>}
        </header>
        <p className="muted">{t('incidents.note')}</p>
        {list.isPending && <Skeleton active />}
        {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
        {list.data?.items.length === 0 && <p className="muted" role="status">{t('incidents.none')}</p>}
        <ul className="rows">
          {list.data?.items.map((one) => (
            <li key={one.id} data-testid="incident">
              <span className={`badge ${STATES[one.state] ?? ''}`}>{t(`incidents.state.${one.state}`)}</span>
              <div>
                <p><strong>{t(`incidents.kind.${one.kind}`, { defaultValue: one.kind })}</strong> <code>{one.subject}</code> {one.times > 1 && <span className="badge">× {one.times}</span>} {one.overdue && <span className="badge red">{t('incidents.overdue')}</span>}</p>
                <p className="muted">{dateTime(one.opened_at)}{one.due_at && ` · ${t('incidents.due', { at: dateTime(one.due_at) })}`}{one.leader && ` · ${one.leader}`}</p>
              </div>
              <Button size="small" type="link" onClick={() => setOpen(one.id)} data-testid="incident-open">{t('incidents.open')}</Button>
            </li>
          ))}
        </ul>
      </section>
      <Suspensions manages={manages} />
      <IncidentDrawer id={open} manages={manages} onClose={() => setOpen(null)} />
      <ReportDialog open={reporting} onClose={() => setReporting(false)} />
    </div>
  )
}

function IncidentDrawer({ id, manages, onClose }: { id: string | null; manages: boolean; onClose: () => void }) {
  const { t } = useTranslation('protect')
  const [to, setTo] = useState<string | null>(null)
  const queries = useQueryClient()
  const one = useQuery({ queryKey: ['security', 'incidents', id], enabled: id !== null, queryFn: ({ signal }) => get<Incident & { steps: IncidentStep[] }>(`/security/incidents/${id}`, signal) })
  const step = useMutation({
    mutationFn: (note: string) => post(`/security/incidents/${id}/steps`, { state: to, note }),
    onSuccess: () => { setTo(null); void queries.invalidateQueries({ queryKey: ['security', 'incidents'] }) },
  })
  const found = one.data
  return (
    <Drawer open={id !== null} onClose={onClose} size={520} title={found ? `${t(`incidents.kind.${found.kind}`, { defaultValue: found.kind })} · ${t(`incidents.state.${found.state}`)}` : t('incidents.title')} data-testid="incident-drawer">
      {one.isPending && id !== null && <Skeleton active />}
      {one.isError && <ErrorCard error={one.error} />}
      {found && (
        <div className="stack">
          <p className="mono">{found.id} · {found.subject}</p>
          <ol className="steps-line">
            {found.steps.map((done, at) => (
              <li key={at} data-testid="incident-step"><span className={`badge ${STATES[done.state] ?? ''}`}>{t(`incidents.state.${done.state}`)}</span><div><p>{done.note || t('incidents.noticed')}</p><p className="muted">{dateTime(done.at)} · {done.by === 'monitoring' ? t('incidents.monitoring') : done.by}</p></div></li>
            ))}
          </ol>
          {found.due_at && <p className="muted">{t('incidents.due', { at: dateTime(found.due_at) })}</p>}
          {manages && <div className="row-tools">{found.next.map((state) => <Button key={state} onClick={() => setTo(state)} data-testid={`incident-to-${state}`}>{t(`incidents.to.${state}`)}</Button>)}</div>}
        </div>
      )}
      <ReasonDialog title={to ? t(`incidents.to.${to}`) : ''} open={to !== null} busy={step.isPending} error={step.error} onCancel={() => setTo(null)} onDone={(note) => step.mutate(note)}><p className="muted">{t('incidents.evidence')}</p></ReasonDialog>
    </Drawer>
  )
}

function ReportDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation('protect')
  const [form] = Form.useForm<{ kind: string; subject: string; note: string }>()
  const queries = useQueryClient()
  const report = useMutation({
    mutationFn: (fields: { kind: string; subject: string; note: string }) => post('/security/incidents', fields),
    onSuccess: () => { onClose(); void queries.invalidateQueries({ queryKey: ['security', 'incidents'] }) },
  })
  const required = [{ required: true, whitespace: true, message: t('common:required') }]
  return (
    <Modal title={t('incidents.report')} open={open} onCancel={onClose} okText={t('do')} cancelText={t('common:cancel')} confirmLoading={report.isPending} onOk={() => form.submit()} destroyOnHidden>
      <Form form={form} layout="vertical" preserve={false} onFinish={(fields) => report.mutate(fields)}>
        <Form.Item name="kind" label={t('incidents.what')} rules={required}><Input maxLength={120} /></Form.Item>
        <Form.Item name="subject" label={t('incidents.about')} rules={required}><Input maxLength={120} /></Form.Item>
        <Form.Item name="note" label={t('incidents.evidence')} rules={required}><Input.TextArea rows={3} maxLength={500} /></Form.Item>
      </Form>
      {report.isError && <ErrorCard error={report.error} />}
    </Modal>
  )
}

function Suspensions({ manages }: { manages: boolean }) {
  const { t } = useTranslation('protect')
  const [lifted, setLifted] = useState<Suspension | null>(null)
  const queries = useQueryClient()
  const list = useQuery({ queryKey: ['security', 'suspensions'], queryFn: ({ signal }) => get<{ items: Suspension[] }>('/security/suspensions', signal) })
  const lift = useMutation({
    mutationFn: (reason: string) => post('/security/suspensions/lift', { caller: lifted?.caller, reason }),
    onSuccess: () => { setLifted(null); void queries.invalidateQueries({ queryKey: ['security'] }) },
  })
  return (
    <section className="panel panel-pad" aria-label={t('suspended.title')} data-testid="suspensions">
      <header className="testbox-head"><h2>{t('suspended.title')}</h2></header>
      <p className="muted">{t('suspended.note')}</p>
      {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.items.length === 0 && <p className="muted" role="status">{t('suspended.none')}</p>}
      <ul className="rows">
        {list.data?.items.map((one) => (
          <li key={one.caller} data-testid="suspension">
            <span className={`badge ${one.since ? 'red' : 'green'}`}>{t(one.since ? 'suspended.now' : 'suspended.lifted')}</span>
            <div>
              <p className="mono">{one.caller}</p>
              <p className="muted">{one.since ? `${t('suspended.count', { row: one.in_a_row, day: one.today })} · ${dateTime(one.since)}` : `${dateTime(one.lifted_at)} · ${one.lifted_by ?? ''} · ${one.lift_reason ?? ''}`}</p>
            </div>
            {manages && one.since && <Button size="small" type="link" onClick={() => setLifted(one)} data-testid="suspension-lift">{t('suspended.lift')}</Button>}
          </li>
        ))}
      </ul>
      <ReasonDialog title={t('suspended.lift')} open={lifted !== null} busy={lift.isPending} error={lift.error} onCancel={() => setLifted(null)} onDone={(reason) => lift.mutate(reason)} />
    </section>
  )
}
