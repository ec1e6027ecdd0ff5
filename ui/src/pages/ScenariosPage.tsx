/** Building a scenario: a form, a screening for high risk, a dry run on its cases, and files that a person reviews. */
import { DeleteOutlined, PlayCircleOutlined, PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Drawer, Empty, Popconfirm, Skeleton, Tabs } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post, remove } from '~/api/client'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { type CaseOutcome, type Draft, type Drafts } from '~/features/scenarios/scenarios'
import { ScenarioForm } from '~/features/scenarios/ScenarioForm'
import '~/features/entitlements/entitlements.css'

export function Component() {
  const { t } = useTranslation('scenarios')
  const drafts = useQuery({ queryKey: ['scenario-drafts'], queryFn: ({ signal }) => get<Drafts>('/scenario_drafts', signal) })
  const [building, setBuilding] = useState(false)
  const [open, setOpen] = useState<string | null>(null)
  const shown = drafts.data?.items.find((one) => one.id === open)
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} actions={<Button type="primary" icon={<PlusOutlined />} onClick={() => setBuilding(true)} data-testid="build">{t('new')}</Button>} />
      {drafts.isPending && <Skeleton active />}
      {drafts.isError && <ErrorCard error={drafts.error} onRetry={() => void drafts.refetch()} />}
      {drafts.data?.items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty')} />}
      <ul className="match-list">
        {drafts.data?.items.map((one) => (
          <li key={one.id} className="panel match-card">
            <div className="match-head">
              <div>
                <h3>{one.title || one.id}</h3>
                <p className="muted mono">{one.id}</p>
              </div>
              <div className="match-tags">
                <span className="badge">{t(`stage.${one.stage || 'broken'}`)}</span>
                {one.sensitive && <span className="badge amber">{t('reviewed')}</span>}
                <span className="badge">{t('cases', { n: one.cases })}</span>
              </div>
            </div>
            <Button onClick={() => setOpen(one.id)} data-testid={`draft-${one.id}`}>{t('look')}</Button>
          </li>
        ))}
      </ul>
      {shown && <DraftDrawer draft={shown} onClose={() => setOpen(null)} />}
      {building && drafts.data && <ScenarioForm drafts={drafts.data} onClose={() => setBuilding(false)} />}
    </div>
  )
}

function DraftDrawer({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const { t } = useTranslation('scenarios')
  const client = useQueryClient()
  const tried = useMutation({ mutationFn: () => post<{ items: CaseOutcome[] }>(`/scenario_drafts/${draft.id}/rehearsal`) })
  const gone = useMutation({
    mutationFn: () => remove(`/scenario_drafts/${draft.id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['scenario-drafts'] })
      onClose()
    },
  })
  // The case's own line, its key in words: `says: …`.
  const expected = (line: string) => line.replace(/^(status|code|cites|says): (.*)$/, (_, key: string, value: string) => t(`expect.${key}`, { value: key === 'status' ? t(`status.${value}`, { defaultValue: value }) : value }))
  const failed = tried.data?.items.filter((one) => one.failed.length > 0).length ?? 0
  return (
    <Drawer open size="large" title={draft.title || draft.id} onClose={onClose} extra={draft.stage === 'draft' && <Popconfirm title={t('takeBackSure')} okText={t('takeBack')} okButtonProps={{ danger: true, 'data-testid': 'confirm-take-back' } as never} onConfirm={() => gone.mutate()}><Button danger icon={<DeleteOutlined />} loading={gone.isPending} data-testid="take-back">{t('takeBack')}</Button></Popconfirm>}>
      <p className="muted form-note">{t('howToUse', { folder: `scenarios/${draft.id}` })}</p>
      {gone.isError && <ErrorCard error={gone.error} />}
      <Button type="primary" icon={<PlayCircleOutlined />} loading={tried.isPending} onClick={() => tried.mutate()} data-testid="dry-run">{t('dryRun')}</Button>
      {tried.isError && <ErrorCard error={tried.error} />}
      {tried.data && (
        <section className="rehearsal" data-testid="dry-run-result">
          <p><b>{t('ran', { n: tried.data.items.length, failed })}</b></p>
          <ul>
            {tried.data.items.map((one) => (
              <li key={one.name}>
                <span className={`badge ${one.failed.length > 0 ? 'red' : 'green'}`}>{t(one.failed.length > 0 ? 'missed' : 'held')}</span> <b>{one.name}</b> {one.question}
                <p className="muted">{t(`status.${one.status}`)}{one.code ? ` (${one.code})` : ''} {one.cites.join(' ')}</p>
                {one.answer && <p>{one.answer}</p>}
                {one.failed.map((what) => <p key={what} className="mark-supply">{t('wanted', { what: expected(what) })}</p>)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Tabs items={Object.entries(draft.files).map(([name, text]) => ({ key: name, label: name, children: <pre className="mono">{text}</pre> }))} />
    </Drawer>
  )
}
