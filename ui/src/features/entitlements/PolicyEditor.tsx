/** One policy: the machine's conditions beside the clause, confirmed or rejected by a person; who gains and who loses. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, DatePicker, Drawer, Input, InputNumber, Select, Space } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorCard } from '~/components/ErrorCard'
import { changePolicy, type Condition, type Field, type Given, type Impact, impactOf, named, type Operator, type Option, type Policy, type PolicyRecord, type PolicyState, unitWords } from './entitlements'

const OPERATORS: Record<Field['kind'], Operator[]> = { number: ['ge', 'gt', 'le', 'lt', 'eq'], flag: ['eq'], one: ['in', 'not_in'], many: ['in', 'not_in'], region: ['within'], day: ['ge', 'gt', 'le', 'lt'] }

type Props = { kept: Policy; fields: Field[]; themes: Option[]; onClose: () => void }

export function PolicyEditor({ kept, fields, themes, onClose }: Props) {
  const { t } = useTranslation('entitlements')
  const { message } = App.useApp()
  const client = useQueryClient()
  const [policy, setPolicy] = useState<PolicyRecord>(kept.policy)
  const impact = useMutation({ mutationFn: () => impactOf(policy) })
  const save = useMutation({
    mutationFn: (state: PolicyState) => changePolicy(kept, policy, state),
    onSuccess: () => {
      void message.success(t('editor.saved'))
      void client.invalidateQueries({ queryKey: ['enterprise-policies'] })
      void client.invalidateQueries({ queryKey: ['policy-clashes'] })
      onClose()
    },
  })
  const set = (at: number, change: Partial<Condition>) => setPolicy((old) => ({ ...old, conditions: old.conditions.map((one, place) => (place === at ? { ...one, ...change } : one)) }))
  const undecided = policy.conditions.filter((one) => one.state === 'proposed').length
  const add = () => {
    const group = Math.max(-1, ...policy.conditions.map((one) => one.group)) + 1
    setPolicy({ ...policy, conditions: [...policy.conditions, { group, evidence: { label: '', quote: '' }, state: 'proposed' }] })
  }
  const numbers = fields.filter((field) => field.kind === 'number').map((field) => ({ value: field.id, label: named(field) }))
  return (
    <Drawer
      open
      onClose={onClose}
      size="large"
      title={policy.title}
      extra={<span className={`badge ${undecided > 0 ? 'amber' : 'green'}`} data-testid="undecided">{undecided > 0 ? t('editor.undecided', { n: undecided }) : t('editor.decided')}</span>}
      footer={
        <Space wrap>
          <Button onClick={() => save.mutate(kept.state)} loading={save.isPending}>{t('common:save')}</Button>
          <Button type="primary" disabled={undecided > 0} onClick={() => save.mutate('published')} loading={save.isPending} data-testid="publish">{t('editor.publish')}</Button>
          {kept.state === 'published' && <Button danger onClick={() => save.mutate('withdrawn')}>{t('editor.withdraw')}</Button>}
          <Button onClick={() => impact.mutate()} loading={impact.isPending} data-testid="impact">{t('editor.impact')}</Button>
        </Space>
      }
    >
      {save.isError && <ErrorCard error={save.error} />}
      {impact.isError && <ErrorCard error={impact.error} />}
      {impact.data && <ImpactCard impact={impact.data} />}
      <div className="profile-grid">
        <label className="profile-field">{t('editor.title')}<Input value={policy.title} onChange={(event) => setPolicy({ ...policy, title: event.target.value })} /></label>
        <label className="profile-field">{t('editor.theme')}<Select allowClear value={policy.theme || undefined} onChange={(theme?: string) => setPolicy({ ...policy, theme: theme ?? '' })} options={themes.map((one) => ({ value: one.id, label: named(one) }))} /></label>
        <label className="profile-field">{t('editor.from')}<DatePicker value={policy.window.from ? dayjs(policy.window.from) : null} onChange={(day) => setPolicy({ ...policy, window: { ...policy.window, from: day?.format('YYYY-MM-DD') } })} /></label>
        <label className="profile-field">{t('editor.until')}<DatePicker value={policy.window.until ? dayjs(policy.window.until) : null} onChange={(day) => setPolicy({ ...policy, window: { ...policy.window, until: day?.format('YYYY-MM-DD') } })} /></label>
        <label className="profile-field">{t('editor.amount')}<InputNumber value={policy.benefit.amount ?? null} onChange={(amount) => setPolicy({ ...policy, benefit: { ...policy.benefit, amount: amount ?? undefined } })} /></label>
        <label className="profile-field">{t('editor.rate')}<InputNumber value={policy.benefit.rate ?? null} onChange={(rate) => setPolicy({ ...policy, benefit: { ...policy.benefit, rate: rate ?? undefined } })} /></label>
        <label className="profile-field">{t('editor.base')}<Select allowClear showSearch optionFilterProp="label" value={policy.benefit.base} onChange={(base?: string) => setPolicy({ ...policy, benefit: { ...policy.benefit, base } })} options={numbers} /></label>
        <label className="profile-field">{t('editor.cap')}<InputNumber value={policy.benefit.cap ?? null} onChange={(cap) => setPolicy({ ...policy, benefit: { ...policy.benefit, cap: cap ?? undefined } })} /></label>
      </div>
      <blockquote className="editor-quote"><b>{policy.benefit.evidence.label}</b> {policy.benefit.evidence.quote}</blockquote>
      <h3 className="editor-head">{t('editor.conditions')}</h3>
      <p className="muted">{t('editor.groups')}</p>
      <ul className="editor-conditions">
        {policy.conditions.map((condition, at) => <ConditionRow key={at} condition={condition} fields={fields} onChange={(change) => set(at, change)} />)}
      </ul>
      <Button onClick={add}>{t('editor.add')}</Button>
    </Drawer>
  )
}

function ConditionRow({ condition, fields, onChange }: { condition: Condition; fields: Field[]; onChange: (change: Partial<Condition>) => void }) {
  const { t } = useTranslation('entitlements')
  const field = fields.find((one) => one.id === condition.field)
  const operators = field ? OPERATORS[field.kind] : []
  const decide = (state: Condition['state']) => onChange({ state: condition.state === state ? 'proposed' : state })
  return (
    <li className={`editor-condition ${condition.state}`} data-testid="condition">
      <blockquote>{condition.evidence.label && <b>{condition.evidence.label}</b>} {condition.evidence.quote || t('editor.byHand')}</blockquote>
      <div className="editor-line">
        <Select
          aria-label={t('editor.field')}
          allowClear
          showSearch
          optionFilterProp="label"
          placeholder={t('person')}
          style={{ minWidth: 150 }}
          value={condition.field}
          onChange={(id?: string) => {
            const next = fields.find((one) => one.id === id)
            onChange({ field: id, operator: next && OPERATORS[next.kind][0], value: undefined, state: 'proposed' })
          }}
          options={fields.map((one) => ({ value: one.id, label: named(one) }))}
        />
        {field && (
          <Select aria-label={t('editor.operator')} style={{ minWidth: 96 }} value={condition.operator} onChange={(operator: Operator) => onChange({ operator })} options={operators.map((one) => ({ value: one, label: t(`operator.${field.kind === 'day' ? `day_${one}` : one}`) }))} />
        )}
        {field && <ValueInput field={field} value={condition.value} onChange={(value) => onChange({ value })} />}
        <InputNumber aria-label={t('editor.group')} prefix={t('editor.group')} style={{ width: 96 }} min={0} max={99} value={condition.group} onChange={(group) => onChange({ group: group ?? 0 })} />
      </div>
      <Space>
        <Button size="small" type={condition.state === 'confirmed' ? 'primary' : 'default'} aria-pressed={condition.state === 'confirmed'} onClick={() => decide('confirmed')} data-testid="confirm">{t('editor.confirm')}</Button>
        <Button size="small" danger type={condition.state === 'rejected' ? 'primary' : 'default'} aria-pressed={condition.state === 'rejected'} onClick={() => decide('rejected')}>{t('editor.reject')}</Button>
      </Space>
    </li>
  )
}

function ValueInput({ field, value, onChange }: { field: Field; value: Given | undefined; onChange: (value: Given | undefined) => void }) {
  const { t } = useTranslation('entitlements')
  const label = t('editor.value')
  if (field.kind === 'flag') return <Select aria-label={label} style={{ width: 80 }} value={String(value ?? '')} onChange={(flag) => onChange(flag === 'true')} options={[{ value: 'true', label: t('common:yes') }, { value: 'false', label: t('common:no') }]} />
  if (field.kind === 'one' || field.kind === 'many') {
    const list = Array.isArray(value) ? value : typeof value === 'string' ? [value] : []
    return <Select aria-label={label} mode="multiple" optionFilterProp="label" style={{ minWidth: 180, flex: 1 }} value={list} onChange={(next: string[]) => onChange(next)} options={field.options.map((option) => ({ value: option.id, label: named(option) }))} />
  }
  if (field.kind === 'region') return <Input aria-label={label} style={{ width: 110 }} maxLength={6} value={typeof value === 'string' || typeof value === 'number' ? String(value) : ''} onChange={(event) => onChange(event.target.value)} />
  return <InputNumber aria-label={label} style={{ width: 170 }} suffix={field.kind === 'day' ? t('years') : field.unit ? unitWords(field.unit, t) : undefined} value={typeof value === 'number' ? value : null} onChange={(number) => onChange(number ?? undefined)} />
}

function ImpactCard({ impact }: { impact: Impact }) {
  const { t } = useTranslation('entitlements')
  const kinds = (['gain', 'lose', 'must_supply', 'more', 'less'] as const).filter((kind) => impact[kind].length > 0)
  return (
    <div className="note-card blue impact" data-testid="impact-card">
      <h3>{t('impact.title', { n: impact.enterprises })}</h3>
      {kinds.length === 0 && <p>{t('impact.none')}</p>}
      {kinds.map((kind) => (
        <p key={kind}><b>{t(`impact.${kind}`)} {impact[kind].length}</b> {impact[kind].slice(0, 8).map((one) => one.name).join(t('comma'))}{impact[kind].length > 8 ? '…' : ''}</p>
      ))}
    </div>
  )
}
