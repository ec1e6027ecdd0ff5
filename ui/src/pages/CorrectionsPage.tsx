/** The correction library, with the complaints that feed it and the answers that experts score. */
import { Button, Empty, Input, Segmented, Skeleton, Tabs } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { Complaint, Correction, CorrectionState } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { ago, dateTime } from '~/components/time'
import { useSettled } from '~/components/useSettled'
import { CorrectionCard } from '~/features/corrections/CorrectionCard'
import { CorrectionForm } from '~/features/corrections/CorrectionForm'
import { useComplaints, useCorrections, useUnscored } from '~/features/corrections/corrections'
import '~/features/corrections/corrections.css'

const STATES: (CorrectionState | 'all')[] = ['all', 'active', 'in_review', 'retired']
type Start = Partial<Correction> & { run_id?: string }

export function Component() {
  const { t } = useTranslation('trust')
  const [params, setParams] = useSearchParams()
  const tab = params.get('tab') ?? 'library'
  const [start, setStart] = useState<Start | null>(null)
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} actions={<Button type="primary" onClick={() => setStart({})} data-testid="add-correction">{t('add')}</Button>} />
      <Tabs activeKey={tab} onChange={(key) => setParams({ tab: key })} items={['library', 'complaints', 'scoring'].map((key) => ({ key, label: <span data-testid={`tab-${key}`}>{t(`tab.${key}`)}</span> }))} />
      {tab === 'library' && <Library open={params.get('open')} onChange={setStart} />}
      {tab === 'complaints' && <Complaints onTeach={setStart} />}
      {tab === 'scoring' && <Unscored />}
      <CorrectionForm start={start} onClose={() => setStart(null)} />
    </div>
  )
}

function Library({ open, onChange }: { open: string | null; onChange: (start: Start) => void }) {
  const { t } = useTranslation('trust')
  const [state, setState] = useState<CorrectionState | 'all'>('all')
  const [typed, setTyped] = useState('')
  const list = useCorrections(state === 'all' ? undefined : state, useSettled(typed.trim()))
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <div className="toolbar">
        <Segmented value={state} onChange={setState} options={STATES.map((value) => ({ value, label: t(`state.${value}`) }))} />
        <Input.Search allowClear value={typed} onChange={(event) => setTyped(event.target.value)} placeholder={t('search')} aria-label={t('search')} style={{ maxWidth: 280 }} />
      </div>
      {list.isPending && <Skeleton active />}
      {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty.library')} />}
      <ul className="correction-list">
        {items.map((one) => <CorrectionCard key={one.id} correction={one} open={one.id === open} onChange={() => onChange(one)} />)}
      </ul>
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('common:more')}</Button>}
    </>
  )
}

function Complaints({ onTeach }: { onTeach: (start: Start) => void }) {
  const { t } = useTranslation(['trust', 'workbench'])
  const list = useComplaints()
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  const start = (one: Complaint): Start => ({ question: one.question, wrong: one.answer, articles: one.articles, scenario: one.scenario, run_id: one.run_id })
  return (
    <>
      {list.isPending && <Skeleton active />}
      {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty.complaints')} />}
      <ul className="correction-list">
        {items.map((one) => (
          <li key={one.run_id + one.at} className="panel panel-pad complaint" data-testid="complaint">
            <strong>{one.question}</strong>
            <p>{one.answer}</p>
            <p className="muted">
              {ago(one.at)} · {one.reasons.map((reason) => t(`workbench:feedback.${reason}`, { defaultValue: reason })).join('、')}
              {one.solved === false && ` · ${t('notSolved')}`}{one.comment && ` · ${one.comment}`}
            </p>
            <Button size="small" onClick={() => onTeach(start(one))} data-testid="teach-complaint">{t('teach')}</Button>
          </li>
        ))}
      </ul>
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('common:more')}</Button>}
    </>
  )
}

function Unscored() {
  const { t } = useTranslation('trust')
  const list = useUnscored()
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      {list.isPending && <Skeleton active />}
      {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty.scoring')} />}
      <ul className="correction-list">
        {items.map((run) => (
          <li key={run.run_id} className="panel panel-pad" data-testid="unscored">
            <Link to={`/scoring/${run.run_id}`}>{run.question}</Link> <span className="muted">{dateTime(run.asked_at)}</span>
          </li>
        ))}
      </ul>
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('common:more')}</Button>}
    </>
  )
}
