/** Another level for a collection or a scenario: which people, scenarios and models it would cut off or let in, and the change itself once that was seen. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input, Segmented } from 'antd'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import type { FenceImpact, FencePerson, Level } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { LevelConfirm } from './LevelConfirm'

type Fields = { over: 'collection' | 'scenario'; id: string; level: Level; region?: string; department?: string }
/** What the server is asked about, and later asked for: the very same words. */
export type LevelQuestion = { collection?: string; scenario?: string; level: Level; region?: string; department?: string }

function question({ over, id, level, region, department }: Fields): LevelQuestion {
  if (over === 'scenario') return { scenario: id.trim(), level }
  return { collection: id.trim(), level, ...(region?.trim() ? { region: region.trim() } : {}), ...(department?.trim() ? { department: department.trim() } : {}) }
}

export function FenceImpactCard({ manages }: { manages: boolean }) {
  const { t } = useTranslation('fence')
  const queries = useQueryClient()
  const [form] = Form.useForm<Fields>()
  const over = Form.useWatch('over', form)
  const ask = useMutation({ mutationFn: async (asked: LevelQuestion) => ({ asked, found: await post<FenceImpact>('/fence/impact', asked) }) })
  const person = (one: FencePerson) => [one.id === 'visitor' ? t('visitor') : one.name, one.department].filter(Boolean).join(' · ')
  const found = ask.data?.found
  return (
    <section className="panel panel-pad" aria-label={t('impact.title')} data-testid="fence-impact">
      <header className="testbox-head"><h2>{t('impact.title')}</h2></header>
      <Form<Fields> form={form} layout="inline" className="impact-form" initialValues={{ over: 'collection', level: 'sensitive' }} onFinish={(fields) => ask.mutate(question(fields))}>
        <Form.Item name="over"><Segmented options={(['collection', 'scenario'] as const).map((value) => ({ value, label: t(`over.${value}`) }))} /></Form.Item>
        <Form.Item name="id" rules={[{ required: true, whitespace: true, message: t('common:required') }]}><Input placeholder={t('impact.collection')} aria-label={t('impact.collection')} data-testid="impact-collection" /></Form.Item>
        <Form.Item name="level" label={t('impact.level')}><Segmented options={(['public', 'internal', 'sensitive'] as const).map((value) => ({ value, label: t(`common:level.${value}`) }))} /></Form.Item>
        {over !== 'scenario' && (
          <>
            <Form.Item name="region"><Input maxLength={6} placeholder={t('impact.region')} aria-label={t('impact.region')} data-testid="impact-region" /></Form.Item>
            <Form.Item name="department"><Input placeholder={t('impact.department')} aria-label={t('impact.department')} data-testid="impact-department" /></Form.Item>
          </>
        )}
        <Button type="primary" htmlType="submit" loading={ask.isPending} data-testid="impact-run">{t('impact.run')}</Button>
      </Form>
      {ask.isError && <ErrorCard error={ask.error} />}
      {ask.data && found && (
        <div className="results" data-testid="impact">
          <p className="verdict"><LevelTag level={found.from} /> → <LevelTag level={found.to} /></p>
          <div className="impact-lists">
            <Names title={t('impact.cut')} names={found.people_cut_off.map(person)} tone="red" />
            <Names title={t('impact.let')} names={found.people_let_in.map(person)} tone="green" />
            <Names title={t('impact.zones')} names={found.zones_cut_off.map((zone) => t(`zone.${zone}`))} tone="red" />
            <Names title={t('impact.scenarios')} names={found.scenarios_cut_off} tone="red" />
            <Names title={t('impact.models')} names={found.models_cut_off} tone="red" />
          </div>
          {manages
            ? <LevelConfirm asked={ask.data.asked} impact={found} onLookAgain={() => ask.mutate(ask.data.asked)} onChanged={() => { ask.reset(); void queries.invalidateQueries() }} />
            : <p className="muted">{t('impact.read')}</p>}
        </div>
      )}
    </section>
  )
}

function Names({ title, names, tone }: { title: string; names: string[]; tone: string }) {
  const { t } = useTranslation('fence')
  return (
    <div className="result">
      <h3>{title} {names.length > 0 && <span className={`badge ${tone}`}>{names.length}</span>}</h3>
      {names.length === 0 ? <p className="muted">{t('impact.none')}</p> : <ul className="lines">{names.map((name, at) => <li key={at}>{name}</li>)}</ul>}
    </div>
  )
}
