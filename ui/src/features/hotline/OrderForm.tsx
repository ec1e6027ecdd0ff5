/** The work order beside a call: every field follows the draft until the operator adopts, edits or rejects it. */
import { CheckOutlined, CloseOutlined } from '@ant-design/icons'
import { App, Button, Input, Select, Switch } from 'antd'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { HotlineDraft, HotlineReason } from '~/api/types'
import { describe } from '~/components/ErrorCard'
import { createOrder, KINDS, URGENCIES, useSettings } from './hotline'
import { Urgency, Why } from './parts'

type Values = { kind: string; category: string; region: string; detail: string; urgency: string; secrecy: boolean; summary: string; content: string; name: string; phone: string }
type Choice = 'adopted' | 'edited' | 'rejected'

const fromDraft = (draft: HotlineDraft): Values => ({
  kind: draft.kind.value,
  category: draft.category?.code ?? '',
  region: draft.place.region ?? '',
  detail: draft.place.detail,
  urgency: draft.urgency.value,
  secrecy: draft.secrecy.value,
  summary: draft.summary,
  content: draft.content,
  name: '',
  phone: '',
})

const EMPTY: Values = { kind: 'other', category: '', region: '', detail: '', urgency: 'normal', secrecy: false, summary: '', content: '', name: '', phone: '' }

export function OrderForm({ call, draft, made }: { call: string; draft: HotlineDraft; made: string | null }) {
  const { t } = useTranslation('hotline')
  const { message } = App.useApp()
  const go = useNavigate()
  const settings = useSettings()
  const [values, setValues] = useState<Values>(() => fromDraft(draft))
  const [choices, setChoices] = useState<Partial<Record<keyof Values, Choice>>>({})
  const [busy, setBusy] = useState(false)
  const held = useRef(choices)
  held.current = choices
  useEffect(() => {
    // What the operator has decided on stays; the rest follows the caller's words.
    const next = fromDraft(draft)
    setValues((old) => Object.fromEntries(Object.entries(next).map(([key, value]) => [key, held.current[key as keyof Values] ? old[key as keyof Values] : value])) as Values)
  }, [draft])
  const choose = (key: keyof Values, choice: Choice) => {
    setChoices((old) => ({ ...old, [key]: choice }))
    if (choice === 'rejected') setValues((old) => ({ ...old, [key]: EMPTY[key] }))
  }
  const edit = <K extends keyof Values>(key: K, value: Values[K]) => {
    setValues((old) => ({ ...old, [key]: value }))
    setChoices((old) => ({ ...old, [key]: 'edited' }))
  }
  const save = async () => {
    setBusy(true)
    try {
      const order = await createOrder({
        call_id: call,
        kind: values.kind,
        summary: values.summary,
        content: values.content,
        place: { region: values.region || undefined, street: !choices.region && draft.place.street ? draft.place.street : undefined, detail: values.detail },
        category: values.category || undefined,
        urgency: values.urgency,
        secrecy: values.secrecy,
        caller: { name: values.name || undefined, phone: values.phone || undefined, anonymous: draft.caller.anonymous },
        choices: Object.entries(choices).map(([field, choice]) => `${field}:${choice}`),
      })
      void message.success(t('form.made', { number: order.number }))
      void go(`/hotline/orders/${order.id}`)
    } catch (error) {
      const told = describe(error, t)
      void message.error(`${told.title} ${told.next}`)
    } finally {
      setBusy(false)
    }
  }
  const row = (key: keyof Values, label: string, reason: HotlineReason | null, control: ReactNode) => (
    <div className={`hotline-field ${choices[key] ?? ''}`} key={key}>
      <div className="hotline-field-head">
        <label htmlFor={`order-${key}`}>{label}</label>
        {choices[key] && <span className="badge">{t(`choice.${choices[key]}`)}</span>}
        <span className="hotline-field-buttons">
          <Button size="small" type="text" icon={<CheckOutlined />} aria-label={t('form.adopt', { field: label })} title={t('form.adopt', { field: label })} onClick={() => choose(key, 'adopted')} />
          <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('form.reject', { field: label })} title={t('form.reject', { field: label })} onClick={() => choose(key, 'rejected')} />
        </span>
      </div>
      {control}
      <Why reason={reason} />
    </div>
  )
  const categories = (settings.data?.categories ?? []).map((one) => ({ value: one.code, label: one.path.join(' / ') }))
  const regions = (settings.data?.regions ?? []).map((one) => ({ value: one.id, label: one.name }))
  if (values.region && !regions.some((one) => one.value === values.region)) regions.push({ value: values.region, label: draft.place.name || values.region })
  return (
    <form className="hotline-form" onSubmit={(event) => { event.preventDefault(); void save() }} data-testid="order-form">
      {row('kind', t('field.kind'), draft.kind.reason, <Select id="order-kind" value={values.kind} onChange={(kind) => edit('kind', kind)} options={KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))} />)}
      {row('category', t('field.category'), draft.category?.reason ?? null,
        <>
          <Select id="order-category" showSearch={{ optionFilterProp: 'label' }} allowClear value={values.category || undefined} placeholder={t('noCategory')} onChange={(category) => edit('category', category ?? '')} options={categories} />
          {draft.alternatives.length > 0 && (
            <div className="hotline-also">
              {t('form.also')}
              {draft.alternatives.map((one) => <button type="button" className="link-button" key={one.code} onClick={() => edit('category', one.code)}>{one.path[2]}</button>)}
            </div>
          )}
        </>)}
      {row('urgency', t('field.urgency'), draft.urgency.reason.code === 'none' ? null : draft.urgency.reason,
        <Select id="order-urgency" value={values.urgency} onChange={(urgency) => edit('urgency', urgency)} options={URGENCIES.map((value) => ({ value, label: <Urgency value={value} /> }))} />)}
      {row('region', t('field.region'), draft.place.name ? { code: 'named', words: [draft.place.name] } : null,
        <Select id="order-region" showSearch={{ optionFilterProp: 'label' }} allowClear value={values.region || undefined} placeholder={t('noPlace')} onChange={(region) => edit('region', region ?? '')} options={regions} />)}
      {row('detail', t('field.detail'), null, <Input id="order-detail" value={values.detail} maxLength={100} onChange={(event) => edit('detail', event.target.value)} />)}
      {row('summary', t('field.summary'), null, <Input.TextArea id="order-summary" value={values.summary} maxLength={500} autoSize={{ minRows: 2, maxRows: 5 }} onChange={(event) => edit('summary', event.target.value)} />)}
      <details className="hotline-more">
        <summary>{t('field.content')}</summary>
        {row('content', t('field.content'), null, <Input.TextArea id="order-content" value={values.content} maxLength={4000} autoSize={{ minRows: 3, maxRows: 10 }} onChange={(event) => edit('content', event.target.value)} />)}
      </details>
      <div className="hotline-two">
        {row('name', t('field.name'), null, <Input id="order-name" value={values.name} maxLength={60} placeholder={draft.caller.anonymous ? t('anonymous') : (draft.caller.name ?? t('unknown'))} onChange={(event) => edit('name', event.target.value)} />)}
        {row('phone', t('field.phone'), null, <Input id="order-phone" value={values.phone} maxLength={30} placeholder={draft.caller.phone ?? t('unknown')} onChange={(event) => edit('phone', event.target.value)} />)}
      </div>
      {row('secrecy', t('field.secrecy'), draft.secrecy.reason.code === 'none' ? null : draft.secrecy.reason, <Switch id="order-secrecy" checked={values.secrecy} onChange={(secrecy) => edit('secrecy', secrecy)} />)}
      <div className="hotline-field">
        <div className="hotline-field-head"><span>{t('field.responsible')}</span></div>
        {draft.responsible ? <p><strong>{draft.responsible.name}</strong> <Why reason={draft.responsible.reason} /></p> : <p className="muted">{t('noDepartment')}</p>}
        {draft.assisting.map((one) => <p key={one.department}>{t('assisting')}{one.name} <Why reason={one.reason} /></p>)}
      </div>
      <Button type="primary" htmlType="submit" block loading={busy} disabled={made !== null || values.summary.trim() === '' || values.content.trim() === ''} data-testid="make-order">
        {t(made ? 'form.already' : 'form.make')} <kbd>Ctrl Enter</kbd>
      </Button>
    </form>
  )
}
