/** Places outside: which may be called, who asks for more, and the decision of somebody else. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Checkbox, Form, Input, InputNumber, Modal, Select, Skeleton } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post } from '~/api/client'
import type { Level, OutsidePlace, PlaceRequest } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { dateTime } from '~/components/time'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import { ReasonDialog } from './ReasonDialog'

const STATES: Record<string, string> = { pending: 'amber', approved: 'green', rejected: 'red', revoked: '' }
type Decision = { request: PlaceRequest; to: 'approved' | 'rejected' | 'revoked' }

export function PlacesPanel({ manages }: { manages: boolean }) {
  const { t } = useTranslation('protect')
  const mayAsk = may(useUser(), /^egress\.request$/)
  const [asking, setAsking] = useState(false)
  const [decided, setDecided] = useState<Decision | null>(null)
  const queries = useQueryClient()
  const fresh = () => void queries.invalidateQueries({ queryKey: ['egress'] })
  const list = useQuery({ queryKey: ['egress'], queryFn: ({ signal }) => get<{ items: OutsidePlace[] }>('/egress', signal) })
  const requests = useQuery({ queryKey: ['egress', 'requests'], queryFn: ({ signal }) => get<{ items: PlaceRequest[] }>('/egress/requests', signal) })
  const decide = useMutation({
    mutationFn: (reason: string) => post(`/egress/requests/${decided?.request.id}/decision`, { decision: decided?.to, reason }),
    onSuccess: () => { setDecided(null); fresh() },
  })
  return (
    <div className="stack" data-testid="places">
      <section className="panel panel-pad" aria-label={t('places.listed')}>
        <header className="testbox-head">
          <h2>{t('places.listed')}</h2>
          {mayAsk && <Button type="primary" onClick={() => setAsking(true)} data-testid="place-ask">{t('places.ask')}</Button>}
        </header>
        <p className="muted">{t('places.note')}</p>
        {list.isPending && <Skeleton active />}
        {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
        {list.data?.items.length === 0 && <p className="muted" role="status">{t('places.none')}</p>}
        <ul className="rows">{list.data?.items.map((place) => <li key={place.name} data-testid="place"><LevelTag level={place.level} /><PlaceLine place={place} /></li>)}</ul>
      </section>
      <section className="panel panel-pad" aria-label={t('places.requests')}>
        <header className="testbox-head"><h2>{t('places.requests')}</h2></header>
        {requests.isError && <ErrorCard error={requests.error} onRetry={() => void requests.refetch()} />}
        {requests.data?.items.length === 0 && <p className="muted" role="status">{t('places.noRequests')}</p>}
        <ul className="rows">
          {requests.data?.items.map((request) => (
            <li key={request.id} data-testid="place-request">
              <span className={`badge ${STATES[request.state] ?? ''}`}>{t(`places.state.${request.state}`)}</span>
              <div>
                <PlaceLine place={request.place} />
                <p className="muted">{request.why} · {request.asked_by} · {dateTime(request.asked_at)}{request.decided_at && ` · ${request.decided_by ?? ''} ${dateTime(request.decided_at)} · ${request.reason ?? ''}`}</p>
              </div>
              {manages && request.state === 'pending' && (request.own ? <span className="muted">{t('places.own')}</span> : <span>
                <Button size="small" type="link" onClick={() => setDecided({ request, to: 'approved' })} data-testid="place-approve">{t('places.approve')}</Button>
                <Button size="small" type="link" danger onClick={() => setDecided({ request, to: 'rejected' })}>{t('places.reject')}</Button>
              </span>)}
              {manages && request.state === 'approved' && <Button size="small" type="link" danger onClick={() => setDecided({ request, to: 'revoked' })} data-testid="place-revoke">{t('places.revoke')}</Button>}
            </li>
          ))}
        </ul>
      </section>
      <PlaceDialog open={asking} onClose={() => setAsking(false)} onDone={() => { setAsking(false); fresh() }} />
      <ReasonDialog title={decided ? t(`places.to_${decided.to}`, { name: decided.request.place.name }) : ''} danger={decided?.to !== 'rejected'} open={decided !== null} busy={decide.isPending} error={decide.error} onCancel={() => setDecided(null)} onDone={(reason) => decide.mutate(reason)}>{decided && <PlaceLine place={decided.request.place} />}</ReasonDialog>
    </div>
  )
}

function PlaceLine({ place }: { place: OutsidePlace }) {
  const { t } = useTranslation('protect')
  return (
    <div>
      <p><strong>{place.name}</strong> <code>{place.scheme}://{place.host}{place.port !== null && `:${place.port}`}</code></p>
      <p className="muted">{[t(`places.purpose.${place.purpose}`, { defaultValue: place.purpose }), place.region && t('places.in', { region: place.region }), place.addresses.length > 0 ? place.addresses.join(' ') : t('places.open'), place.proxy && t('places.through', { proxy: place.proxy }), place.personal_data && t('places.personal')].filter(Boolean).join(' · ')}</p>
    </div>
  )
}

type Fields = { name: string; purpose: string; scheme: string; host: string; port?: number | null; addresses?: string; region?: string; level: Level; proxy?: string; personal_data?: boolean; why: string }

function PlaceDialog({ open, onClose, onDone }: { open: boolean; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation('protect')
  const [form] = Form.useForm<Fields>()
  const ask = useMutation({
    mutationFn: ({ port, addresses, region, proxy, ...rest }: Fields) => post<PlaceRequest>('/egress/requests', { ...rest, ...(port ? { port } : {}), addresses: (addresses ?? '').split(/[\s,，]+/).filter(Boolean), ...(region?.trim() ? { region: region.trim() } : {}), ...(proxy?.trim() ? { proxy: proxy.trim() } : {}) }),
    onSuccess: onDone,
  })
  const required = [{ required: true, message: t('common:required') }]
  return (
    <Modal title={t('places.ask')} open={open} onCancel={() => { ask.reset(); onClose() }} okText={t('places.send')} cancelText={t('common:cancel')} confirmLoading={ask.isPending} onOk={() => form.submit()} okButtonProps={{ 'data-testid': 'place-send' }} destroyOnHidden>
      <Form form={form} layout="vertical" preserve={false} onFinish={(fields) => ask.mutate(fields)} initialValues={{ purpose: 'model', scheme: 'https', level: 'public', personal_data: false }}>
        <Form.Item name="name" label={t('places.name')} rules={[...required, { pattern: /^[a-z0-9_-]+$/, message: t('places.nameHint') }]}><Input data-testid="place-name" /></Form.Item>
        <Form.Item name="purpose" label={t('places.what')}><Select options={['model', 'login', 'notice', 'anchor'].map((value) => ({ value, label: t(`places.purpose.${value}`) }))} /></Form.Item>
        <Form.Item label={t('places.host')} required>
          <span className="fence-over">
            <Form.Item name="scheme" noStyle><Select options={['https', 'http'].map((value) => ({ value, label: value }))} /></Form.Item>
            <Form.Item name="host" noStyle rules={required}><Input placeholder="model.example.internal" data-testid="place-host" /></Form.Item>
            <Form.Item name="port" noStyle><InputNumber min={1} max={65535} placeholder={t('places.port')} /></Form.Item>
          </span>
        </Form.Item>
        <Form.Item name="addresses" label={t('places.addresses')} extra={t('places.addressesHint')}><Input placeholder="10.20.0.0/16" data-testid="place-addresses" /></Form.Item>
        <Form.Item name="region" label={t('places.region')}><Input placeholder="510000" /></Form.Item>
        <Form.Item name="level" label={t('places.level')}><Select options={(['public', 'internal', 'sensitive'] as const).map((value) => ({ value, label: t(`common:level.${value}`) }))} /></Form.Item>
        <Form.Item name="proxy" label={t('places.proxy')}><Input placeholder="http://proxy.example.internal:3128" /></Form.Item>
        <Form.Item name="personal_data" valuePropName="checked"><Checkbox>{t('places.personal')}</Checkbox></Form.Item>
        <Form.Item name="why" label={t('reason')} rules={required}><Input.TextArea rows={2} maxLength={500} data-testid="place-why" /></Form.Item>
      </Form>
      {ask.isError && <><ErrorCard error={ask.error} /><p className="muted">{ask.error.message}</p></>}
    </Modal>
  )
}
