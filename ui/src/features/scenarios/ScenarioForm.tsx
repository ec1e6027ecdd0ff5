/** The form of a new scenario, in four steps: what it is, where it looks, whether it is risky, and its cases. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button, Drawer, Input, InputNumber, Radio, Select, Space, Steps, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import { ErrorCard } from '~/components/ErrorCard'
import { useCollections } from '~/features/knowledge/knowledge'
import { language } from '~/i18n'
import type { Built, Drafts, Plan } from './scenarios'

export function ScenarioForm({ drafts, onClose }: { drafts: Drafts; onClose: () => void }) {
  const { t } = useTranslation('scenarios')
  const client = useQueryClient()
  const collections = useCollections()
  const [step, setStep] = useState(0)
  const [plan, setPlan] = useState<Plan>(() => ({
    id: '', title: '', title_en: '', description: '', description_en: '', class: drafts.classes[0] ?? '', roles: ['clerk'], level: 'internal', sensitive: false, collections: [],
    prompt: drafts.prompt, examples: [], max_question_chars: 500, min_supported_percent: 100, cases: t('start.cases'), screening: {}, reason: '',
  }))
  const checked = useMutation({ mutationFn: () => post<Built>('/scenario_drafts/check', plan) })
  const set = (change: Partial<Plan>) => {
    setPlan((old) => ({ ...old, ...change }))
    checked.reset()
  }
  const made = useMutation({
    mutationFn: () => post<Built>('/scenario_drafts', plan),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['scenario-drafts'] })
      onClose()
    },
  })
  const field = (key: 'id' | 'title' | 'title_en' | 'description' | 'description_en') => (
    <label className="profile-field">{t(`field.${key}`)}<Input value={plan[key]} maxLength={200} onChange={(event) => set({ [key]: event.target.value })} data-testid={`plan-${key}`} /></label>
  )
  const high = Object.values(plan.screening).includes(true)
  const lacking = lacks(plan, drafts)
  const pages = [
    <div key="what" className="profile-grid">
      {field('id')}
      <label className="profile-field">{t('field.class')}<Select value={plan.class} onChange={(value) => set({ class: value })} options={drafts.classes.map((one) => ({ value: one, label: one }))} /></label>
      {field('title')}
      {field('title_en')}
      {field('description')}
      {field('description_en')}
      <label className="profile-field">{t('field.roles')}<Select mode="multiple" value={plan.roles} onChange={(roles) => set({ roles })} options={drafts.roles.filter((one) => one !== 'citizen').map((one) => ({ value: one, label: t(`role.${one}`, { defaultValue: one }) }))} data-testid="plan-roles" /></label>
      <label className="profile-field">{t('field.level')}<Select value={plan.level} onChange={(level) => set({ level })} options={['public', 'internal', 'sensitive'].map((one) => ({ value: one, label: t(`common:level.${one}`) }))} /></label>
    </div>,
    <div key="where" className="profile-grid one">
      <label className="profile-field">{t('field.collections')}<Select mode="multiple" loading={collections.isPending} value={plan.collections} onChange={(list) => set({ collections: list })} options={collections.data?.map((one) => ({ value: one.id, label: one.name }))} data-testid="plan-collections" /></label>
      <label className="profile-field">{t('field.prompt')}<Input.TextArea rows={10} value={plan.prompt} onChange={(event) => set({ prompt: event.target.value })} /></label>
      <label className="profile-field">{t('field.examples')}<Input.TextArea rows={3} value={plan.examples.join('\n')} onChange={(event) => set({ examples: event.target.value.split('\n').filter((line) => line.trim() !== '') })} /></label>
      <div className="profile-grid">
        <label className="profile-field">{t('field.chars')}<InputNumber min={1} max={20000} value={plan.max_question_chars} onChange={(n) => set({ max_question_chars: n ?? 500 })} /></label>
        <label className="profile-field">{t('field.supported')}<InputNumber min={0} max={100} value={plan.min_supported_percent} onChange={(n) => set({ min_supported_percent: n ?? 100 })} /></label>
      </div>
    </div>,
    <div key="risk" className="profile-grid one">
      <p className="muted">{t('risk.note')}</p>
      {drafts.questions.map((question) => (
        <div key={question.id}>
          <p>{language() === 'en' ? question.text_en : question.text}</p>
          <Radio.Group value={plan.screening[question.id]} onChange={(event) => set({ screening: { ...plan.screening, [question.id]: event.target.value as boolean } })} data-testid={`risk-${question.id}`}>
            <Radio value={true}>{t('common:yes')}</Radio>
            <Radio value={false}>{t('common:no')}</Radio>
          </Radio.Group>
        </div>
      ))}
      {high && <div className="note-card amber"><p>{t('risk.high')}</p></div>}
      <label className="profile-field">{t('field.reason')}<Input.TextArea rows={2} value={plan.reason} onChange={(event) => set({ reason: event.target.value })} data-testid="plan-reason" /></label>
      <label className="editor-line">{t('field.sensitive')} <Switch checked={plan.sensitive || high} disabled={high} onChange={(sensitive) => set({ sensitive })} /></label>
    </div>,
    <div key="cases" className="profile-grid one">
      <label className="profile-field">{t('field.cases')}<Input.TextArea rows={10} className="mono" value={plan.cases} onChange={(event) => set({ cases: event.target.value })} data-testid="plan-cases" /></label>
    </div>,
  ]
  return (
    <Drawer
      open
      size="large"
      title={t('new')}
      onClose={onClose}
      footer={
        <Space wrap>
          <Button disabled={step === 0} onClick={() => setStep(step - 1)}>{t('back')}</Button>
          {step < pages.length - 1 && <Button type="primary" onClick={() => setStep(step + 1)} data-testid="step-next">{t('forward')}</Button>}
          {step === pages.length - 1 && (
            <>
              <Button disabled={lacking.length > 0} loading={checked.isPending} onClick={() => checked.mutate()} data-testid="plan-check">{t('check')}</Button>
              <Button type="primary" disabled={lacking.length > 0} loading={made.isPending} onClick={() => made.mutate()} data-testid="plan-save">{t('saveDraft')}</Button>
            </>
          )}
        </Space>
      }
    >
      <Steps size="small" current={step} onChange={setStep} items={['what', 'where', 'risk', 'cases'].map((one) => ({ title: t(`step.${one}`) }))} style={{ marginBottom: 16 }} />
      {pages[step]}
      {step === pages.length - 1 && lacking.length > 0 && (
        <div className="note-card amber lacking" data-testid="plan-lacks">
          <h3>{t('lacks.heading')}</h3>
          <ul>
            {lacking.map(([at, what]) => <li key={what}><button type="button" className="link-button" onClick={() => setStep(at)}>{t(`lacks.${what}`)}</button></li>)}
          </ul>
        </div>
      )}
      {checked.isError && <Told error={checked.error} />}
      {made.isError && <Told error={made.error} />}
      {checked.data && (
        <div className="note-card blue" data-testid="plan-checked">
          <h3>{t('checked', { n: checked.data.cases })}</h3>
          <p>{t(checked.data.risk.high ? 'risk.isHigh' : 'risk.isLow')} {checked.data.risk.signs.length > 0 && t('risk.signs', { words: checked.data.risk.signs.join(t('comma')) })}</p>
        </div>
      )}
    </Drawer>
  )
}

/** What must be filled in before a check makes sense, with the step where it stands. */
function lacks(plan: Plan, drafts: Drafts): [step: number, what: string][] {
  const words: [number, string, boolean][] = [
    [0, 'id', !/^[a-z][a-z0-9_]{2,}$/.test(plan.id)],
    ...(['title', 'title_en', 'description', 'description_en'] as const).map((key): [number, string, boolean] => [0, key, plan[key].trim() === '']),
    [0, 'roles', plan.roles.length === 0],
    [1, 'collections', plan.collections.length === 0],
    [1, 'prompt', plan.prompt.trim() === ''],
    [2, 'screening', drafts.questions.some((question) => plan.screening[question.id] === undefined)],
    [2, 'reason', Object.values(plan.screening).includes(true) && plan.reason.trim() === ''],
    [3, 'cases', plan.cases.trim() === ''],
  ]
  return words.flatMap(([step, what, missing]) => (missing ? [[step, what]] : []))
}

/** Which field is wrong stands in the detail: a form is no use without it. */
function Told({ error }: { error: unknown }) {
  const detail = (error as { detail?: string | null }).detail
  return (
    <>
      <ErrorCard error={error} />
      {detail && <pre className="mono">{detail}</pre>}
    </>
  )
}
