/** Routes with their fallbacks, families, quotas, and what raising a level would change. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, InputNumber, Modal, Segmented, Select, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import type { Level, ModelRegistry, ModelRoute } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { language } from '~/i18n'
import { number, useImpact } from './models'

export function Routes({ registry, manages }: { registry: ModelRegistry; manages: boolean }) {
  const { t } = useTranslation('models')
  const [editing, setEditing] = useState<ModelRoute | null>(null)
  const slots = ['fast', 'strong', 'judge', 'embed', 'rerank'] as const
  return (
    <>
      <section className="panel model-section">
        <h2>{t('route.title')}</h2>
        <Table<ModelRoute>
          rowKey="id"
          size="middle"
          pagination={false}
          dataSource={registry.routes}
          scroll={{ x: 'max-content' }}
          columns={[
            { title: t('route.id'), dataIndex: 'id', render: (id: string) => <span className="mono">{id}</span> },
            { title: t('route.models'), render: (_, row) => <span className="route-models">{row.resolved.map((id, at) => <span key={id} className={`badge ${at === 0 ? 'blue' : ''}`}>{at + 1}. {id}</span>)}</span> },
            { title: t('route.priority'), dataIndex: 'priority' },
            { title: t('route.queue'), dataIndex: 'queue' },
            { title: t('route.wait'), render: (_, row) => t('route.secs', { n: row.wait_secs }) },
            { title: t('route.hedge'), render: (_, row) => (row.hedge_ms === null ? t('route.off') : t('route.ms', { n: row.hedge_ms })) },
            { title: t('route.scenarios'), render: (_, row) => row.scenarios.join(', ') || '—' },
            ...(manages ? [{ title: '', render: (_: unknown, row: ModelRoute) => <Button size="small" data-testid={`edit-route-${row.id}`} onClick={() => setEditing(row)}>{t('common:edit')}</Button> }] : []),
          ]}
        />
      </section>
      <section className="panel model-section">
        <h2>{t('family.title')}</h2>
        <Table rowKey="id" size="middle" pagination={false} dataSource={registry.families} scroll={{ x: 'max-content' }} locale={{ emptyText: t('family.none') }} columns={[{ title: '', dataIndex: 'id', render: (id: string) => <span className="mono">{id}</span> }, ...slots.map((slot) => ({ title: t(`family.${slot}`), dataIndex: slot, render: (id: string | null) => id ?? '—' }))]} />
      </section>
      <section className="panel model-section">
        <h2>{t('quota.title')}</h2>
        <Table
          rowKey="department"
          size="middle"
          pagination={false}
          dataSource={registry.quotas}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: t('quota.none') }}
          columns={[
            { title: t('quota.department'), dataIndex: 'department' },
            { title: t('quota.guarantee'), dataIndex: 'guarantee' },
            { title: t('quota.deserved'), dataIndex: 'deserved' },
            { title: t('quota.ceiling'), dataIndex: 'ceiling', render: (n: number | null) => n ?? t('card.unlimited') },
            { title: t('quota.tokens'), render: (_, row) => t('keys.used', { used: number(row.tokens_used), budget: row.tokens_per_month === null ? t('keys.noBudget') : number(row.tokens_per_month) }) },
          ]}
        />
      </section>
      <Impact />
      <RouteDialog key={editing?.id ?? 'none'} route={editing} registry={registry} onClose={() => setEditing(null)} />
    </>
  )
}

function Impact() {
  const { t } = useTranslation('models')
  const [level, setLevel] = useState<Level>('sensitive')
  const impact = useImpact(level)
  return (
    <section className="panel model-section" data-testid="impact">
      <h2>{t('impact.title')}</h2>
      <p className="muted">{t('impact.text')}</p>
      <p>
        {t('impact.level')} <Segmented<Level> size="small" value={level} onChange={setLevel} options={(['internal', 'sensitive'] as const).map((value) => ({ value, label: t(`common:level.${value}`) }))} />
      </p>
      {impact.isError && <ErrorCard error={impact.error} onRetry={() => void impact.refetch()} />}
      {impact.data?.items.length === 0 && <p className="muted">{t('impact.none')}</p>}
      <ul className="impact-list">
        {impact.data?.items.map((one) => (
          <li key={one.scenario}>
            <strong>{language() === 'en' ? one.title_en : one.title}</strong> — {t('impact.lost')} <span className="mono">{one.lost.join(', ')}</span>; {t('impact.left')} {one.left.length > 0 ? <span className="mono">{one.left.join(', ')}</span> : <span className="badge red">{t('impact.nothing')}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

type Fields = { models: string[]; priority: number; queue: number; wait_secs: number; hedge_ms: number | null }

function RouteDialog({ route, registry, onClose }: { route: ModelRoute | null; registry: ModelRegistry; onClose: () => void }) {
  const { t } = useTranslation('models')
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const queries = useQueryClient()
  const save = async (fields: Fields) => {
    setBusy(true)
    setError(null)
    try {
      await post('/models', { what: 'route', value: { id: route?.id, ...fields, hedge_ms: fields.hedge_ms ?? null } })
      await queries.invalidateQueries({ queryKey: ['models'] })
      void message.success(t('route.saved'))
      onClose()
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  const families = registry.families.flatMap((family) => (['fast', 'strong', 'judge', 'embed', 'rerank'] as const).filter((slot) => family[slot]).map((slot) => `${family.id}/${slot}`))
  const choices = [...registry.models.map((model) => model.id), ...families].map((value) => ({ value, label: value }))
  return (
    <Modal open={route !== null} title={`${t('route.edit')} ${route?.id ?? ''}`} okText={t('common:save')} cancelText={t('common:cancel')} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()} destroyOnHidden>
      <Form<Fields> form={form} layout="vertical" preserve={false} requiredMark={false} onFinish={save} initialValues={route ?? undefined}>
        <Form.Item name="models" label={t('route.models')} rules={[{ required: true, message: t('common:required') }]}><Select mode="multiple" options={choices} data-testid="route-models" /></Form.Item>
        <div className="form-row">
          <Form.Item name="priority" label={t('route.priority')}><InputNumber min={0} max={100} /></Form.Item>
          <Form.Item name="queue" label={t('route.queue')}><InputNumber min={0} max={100_000} /></Form.Item>
          <Form.Item name="wait_secs" label={t('route.wait')}><InputNumber min={1} max={600} /></Form.Item>
          <Form.Item name="hedge_ms" label={t('route.hedge')}><InputNumber min={50} max={60_000} /></Form.Item>
        </div>
      </Form>
      {error != null && <ErrorCard error={error} />}
    </Modal>
  )
}
