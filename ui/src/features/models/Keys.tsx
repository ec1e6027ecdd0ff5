/** Keys of the gateway: made, shown once, revoked. */
import { PlusOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, DatePicker, Empty, Form, Input, InputNumber, Modal, Select, Skeleton, Table, TreeSelect, Typography } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post, remove } from '~/api/client'
import type { GatewayKey, ModelRegistry } from '~/api/types'
import { describe, ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import { departmentTree, roleTitle, useDepartments, useRoles } from '~/features/accounts/accounts'
import { number, useKeys } from './models'

const TONES: Record<string, string> = { active: 'green', expired: 'amber', revoked: 'red' }

export function Keys({ registry, manages }: { registry: ModelRegistry; manages: boolean }) {
  const { t } = useTranslation('models')
  const { modal, message } = App.useApp()
  const keys = useKeys()
  const queries = useQueryClient()
  const [making, setMaking] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const revoke = (key: GatewayKey) =>
    modal.confirm({
      title: t('keys.revokeTitle', { name: key.name }),
      content: t('keys.revokeText'),
      okText: t('keys.revoke'),
      okButtonProps: { danger: true },
      cancelText: t('common:cancel'),
      onOk: async () => {
        try {
          await remove(`/keys/${key.id}`)
          await queries.invalidateQueries({ queryKey: ['keys'] })
        } catch (error) {
          const told = describe(error, t)
          void message.error(`${told.title} ${told.next}`)
        }
      },
    })
  if (keys.isPending) return <Skeleton active />
  if (keys.isError) return <ErrorCard error={keys.error} onRetry={() => void keys.refetch()} />
  return (
    <>
      {manages && <p><Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)} data-testid="new-key">{t('keys.new')}</Button></p>}
      <section className="panel model-section">
        <Table<GatewayKey>
          rowKey="id"
          size="middle"
          pagination={false}
          dataSource={keys.data.items}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('keys.empty')} /> }}
          columns={[
            { title: t('keys.name'), render: (_, row) => <>{row.name} <span className="mono muted">{row.shown}…</span></> },
            { title: t('keys.department'), dataIndex: 'department' },
            { title: t('keys.role'), dataIndex: 'role' },
            { title: t('keys.scopes'), render: (_, row) => <span className="route-models">{row.scopes.map((scope) => <span key={scope} className="badge mono">{scope}</span>)}</span> },
            { title: t('keys.budget'), render: (_, row) => t('keys.used', { used: number(row.tokens_used), budget: row.tokens_per_month === null ? t('keys.noBudget') : number(row.tokens_per_month) }) },
            { title: t('keys.networks'), render: (_, row) => row.networks.join(', ') || '—' },
            { title: t('keys.expires'), render: (_, row) => dateTime(row.expires_at) },
            { title: t('keys.state'), render: (_, row) => <span className={`badge ${TONES[row.state] ?? ''}`} data-testid="key-state">{t(`keys.${row.state}`, { defaultValue: row.state })}</span> },
            ...(manages ? [{ title: '', render: (_: unknown, row: GatewayKey) => row.state === 'active' && <Button size="small" danger onClick={() => revoke(row)} data-testid={`revoke-${row.name}`}>{t('keys.revoke')}</Button> }] : []),
          ]}
        />
      </section>
      <KeyDialog open={making} registry={registry} onClose={() => setMaking(false)} onSecret={setSecret} />
      <Modal open={secret !== null} title={t('keys.onceTitle')} footer={null} onCancel={() => setSecret(null)} mask={{ closable: false }}>
        <p>{t('keys.onceText')}</p>
        <Typography.Paragraph copyable code className="once" data-testid="key-secret">{secret ?? ''}</Typography.Paragraph>
      </Modal>
    </>
  )
}

type Fields = { name: string; department: string; role: string; scopes: string[]; networks?: string[]; tokens_per_month?: number | null; requests_per_minute?: number | null; expires_at?: Dayjs | null }

function KeyDialog({ open, registry, onClose, onSecret }: { open: boolean; registry: ModelRegistry; onClose: () => void; onSecret: (secret: string) => void }) {
  const { t } = useTranslation('models')
  const [form] = Form.useForm<Fields>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const departments = useDepartments()
  const roles = useRoles()
  const queries = useQueryClient()
  const save = async (fields: Fields) => {
    setBusy(true)
    setError(null)
    try {
      const made = await post<{ secret: string }>('/keys', {
        name: fields.name,
        department: fields.department,
        role: fields.role,
        scopes: fields.scopes,
        networks: fields.networks ?? [],
        tokens_per_month: fields.tokens_per_month ?? null,
        requests_per_minute: fields.requests_per_minute ?? null,
        expires_at: fields.expires_at?.toISOString() ?? null,
      })
      onSecret(made.secret)
      await queries.invalidateQueries({ queryKey: ['keys'] })
      onClose()
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  const needed = [{ required: true, message: t('common:required') }]
  const business = (roles.data?.roles ?? []).filter((role) => role.actions.includes('ask') && role.id !== 'citizen')
  const scopes = ['route:*', 'scenario:*', 'embeddings', 'mcp', ...registry.routes.map((route) => `route:${route.id}`)].map((value) => ({ value, label: value }))
  return (
    <Modal open={open} title={t('keys.new')} okText={t('common:save')} cancelText={t('common:cancel')} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()} destroyOnHidden afterOpenChange={() => setError(null)}>
      <Form<Fields> form={form} layout="vertical" preserve={false} requiredMark={false} onFinish={save}>
        <Form.Item name="name" label={t('keys.name')} rules={[{ required: true, whitespace: true, message: t('common:required') }]}><Input maxLength={60} autoComplete="off" data-testid="key-name" /></Form.Item>
        <Form.Item name="department" label={t('keys.department')} rules={needed}><TreeSelect treeDefaultExpandAll treeData={departmentTree(departments.data ?? [])} loading={departments.isPending} data-testid="key-department" /></Form.Item>
        <Form.Item name="role" label={t('keys.role')} rules={needed}><Select loading={roles.isPending} options={business.map((role) => ({ value: role.id, label: roleTitle(role, role.id) }))} data-testid="key-role" /></Form.Item>
        <Form.Item name="scopes" label={t('keys.scopes')} extra={t('keys.scopesHint')} rules={needed}><Select mode="tags" options={scopes} data-testid="key-scopes" /></Form.Item>
        <Form.Item name="networks" label={t('keys.networks')} extra={t('keys.networksHint')}><Select mode="tags" open={false} suffixIcon={null} /></Form.Item>
        <div className="form-row">
          <Form.Item name="tokens_per_month" label={t('keys.budget')}><InputNumber min={1} /></Form.Item>
          <Form.Item name="requests_per_minute" label={t('keys.perMinute')}><InputNumber min={1} /></Form.Item>
          <Form.Item name="expires_at" label={t('keys.expires')}><DatePicker showTime /></Form.Item>
        </div>
      </Form>
      {error != null && <ErrorCard error={error} />}
    </Modal>
  )
}
