/** Why somebody may or may not do something: the decision and the policies that made it. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { AutoComplete, Button, Form, Input, InputNumber, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { get, post } from '~/api/client'
import type { Account, FenceAnswer, FenceQuestion, Page, Roles, Zone } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import { ClauseLine } from './Fence'

const ZONES: Zone[] = ['machine', 'intranet', 'extranet', 'internet']
type Fields = { username?: string; model?: string; action: string; over?: 'collection' | 'scenario'; id?: string; zone?: Zone; hour?: number | null; weekday?: number }

export function FenceExplain() {
  const { t } = useTranslation(['fence', 'accounts'])
  const user = useUser()
  const mayList = may(user, /^account\.read$/)
  const people = useQuery({ queryKey: ['accounts', 'names'], queryFn: () => get<Page<Account>>('/accounts?limit=200'), enabled: mayList, staleTime: 300_000 })
  const roles = useQuery({ queryKey: ['roles'], queryFn: () => get<Roles>('/roles'), enabled: mayList, staleTime: 300_000 })
  const names = ['retrieve', 'generate', ...(roles.data?.actions ?? []).map((one) => (typeof one === 'string' ? one : one.id))]
  const ask = useMutation({
    mutationFn: ({ username, action, over, id, model, zone, hour, weekday }: Fields) => {
      const question: FenceQuestion = { ...(username?.trim() ? { username: username.trim() } : {}), action, ...(model?.trim() ? { model: model.trim() } : {}), ...(over && id?.trim() ? { [over]: id.trim() } : {}), ...(zone ? { zone } : {}), ...(hour != null ? { hour } : {}), ...(weekday ? { weekday } : {}) }
      return post<FenceAnswer>('/fence/explain', question)
    },
  })
  const required = [{ required: true, message: t('common:required') }]
  return (
    <section className="panel panel-pad" aria-label={t('explain.title')} data-testid="fence-explain">
      <header className="testbox-head"><h2>{t('explain.title')}</h2></header>
      <Form<Fields> layout="vertical" className="fence-form" onFinish={(fields) => ask.mutate(fields)} initialValues={{ over: 'collection' }}>
        <Form.Item name="username" label={t('explain.who')}>
          <AutoComplete options={people.data?.items.map((one) => ({ value: one.username, label: `${one.name}（${one.username}）` }))} showSearch={{ filterOption: (typed, option) => String(option?.label).includes(typed) }}><Input data-testid="explain-who" placeholder={t('visitor')} /></AutoComplete>
        </Form.Item>
        <Form.Item name="action" label={t('explain.action')} rules={required}>
          {names.length > 2 ? <Select data-testid="explain-action" showSearch={{ optionFilterProp: 'label' }} options={names.map((value) => ({ value, label: t(`act.${value}`, { defaultValue: t(`accounts:action.${value.replaceAll('.', '_')}`, { defaultValue: value }) }) }))} /> : <Input />}
        </Form.Item>
        <Form.Item label={t('explain.over')}>
          <span className="fence-over">
            <Form.Item name="over" noStyle><Select options={(['collection', 'scenario'] as const).map((value) => ({ value, label: t(`over.${value}`) }))} /></Form.Item>
            <Form.Item name="id" noStyle><Input placeholder={t('explain.id')} /></Form.Item>
          </span>
        </Form.Item>
        <Form.Item name="model" label={t('explain.model')}><Input placeholder={t('explain.modelHint')} /></Form.Item>
        <Form.Item name="zone" label={t('explain.zone')}><Select allowClear placeholder={t('explain.any')} options={ZONES.map((value) => ({ value, label: t(`zone.${value}`) }))} /></Form.Item>
        <Form.Item name="weekday" label={t('explain.weekday')}><Select allowClear placeholder={t('explain.any')} options={[1, 2, 3, 4, 5, 6, 7].map((value) => ({ value, label: t(`weekday.${value}`) }))} /></Form.Item>
        <Form.Item name="hour" label={t('explain.hour')}><InputNumber min={0} max={23} placeholder={t('explain.any')} style={{ width: '100%' }} /></Form.Item>
        <Form.Item label=" "><Button type="primary" htmlType="submit" loading={ask.isPending} data-testid="explain-run">{t('explain.run')}</Button></Form.Item>
      </Form>
      {ask.isError && <ErrorCard error={ask.error} />}
      {ask.data && (
        <div className="results" data-testid="explained">
          <p className="verdict">
            <span className={`badge ${ask.data.allowed ? 'green' : 'red'}`}>{t(ask.data.allowed ? 'explain.allowed' : 'explain.denied')}</span> {t(ask.data.role_allows ? 'explain.role' : 'explain.noRole')} {ask.data.role_lacks && <code className="muted">{ask.data.role_lacks}</code>}
          </p>
          <ul className="facts" aria-label={t('explain.facts')}>{ask.data.facts.map((fact) => <li key={fact.name}><code>{fact.name}</code> = <strong>{fact.value || '—'}</strong></li>)}</ul>
          {ask.data.because.length === 0 ? <p className="muted">{t('explain.nothing')}</p> : <ul className="clauses">{ask.data.because.map((clause) => <ClauseLine key={clause.id} clause={clause} />)}</ul>}
        </div>
      )}
    </section>
  )
}
