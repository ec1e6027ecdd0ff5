/** The policies: decomposing a new one, confirming its conditions, and what does not go together. */
import { PlusOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button, Empty, Input, Modal, Segmented, Skeleton, Table } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import { ErrorCard } from '~/components/ErrorCard'
import { type Decomposed, named, type Policy, type PolicyState, useClashes, useFields, usePolicies } from './entitlements'
import { PolicyEditor } from './PolicyEditor'

export function PolicyList() {
  const { t } = useTranslation('entitlements')
  const policies = usePolicies()
  const fields = useFields()
  const clashes = useClashes()
  const [chosen, setState] = useState<PolicyState | null>(null)
  const [open, setOpen] = useState<Policy | null>(null)
  const [making, setMaking] = useState(false)
  if (policies.isPending || fields.isPending) return <Skeleton active />
  if (policies.isError) return <ErrorCard error={policies.error} onRetry={() => void policies.refetch()} />
  if (fields.isError) return <ErrorCard error={fields.error} onRetry={() => void fields.refetch()} />
  const count = (wanted: PolicyState) => policies.data.filter((one) => one.state === wanted).length
  // What waits for a person comes first; where nothing waits, what is in use.
  const state = chosen ?? (count('draft') > 0 ? 'draft' : 'published')
  const rows = policies.data.filter((one) => one.state === state)
  return (
    <>
      <div className="tab-tools">
        <Segmented value={state} onChange={(value) => setState(value as PolicyState)} options={(['draft', 'published', 'withdrawn'] as const).map((one) => ({ value: one, label: `${t(`state.${one}`)} ${count(one)}` }))} />
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)} data-testid="new-policy">{t('policies.new')}</Button>
      </div>
      {rows.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('policies.empty')} />
      ) : (
        <Table
          rowKey="id"
          size="middle"
          dataSource={rows}
          pagination={{ pageSize: 20, hideOnSinglePage: true }}
          scroll={{ x: 640 }}
          columns={[
            { title: t('policies.title'), render: (_, row) => <button type="button" className="link-button" onClick={() => setOpen(row)} data-testid="policy">{row.policy.title}</button> },
            { title: t('policies.document'), render: (_, row) => <span className="muted">{row.policy.document}</span> },
            { title: t('editor.theme'), render: (_, row) => named(fields.data.themes.find((one) => one.id === row.policy.theme)) || '—' },
            { title: t('policies.conditions'), render: (_, row) => (row.undecided > 0 ? <span className="badge amber">{t('editor.undecided', { n: row.undecided })}</span> : row.policy.conditions.length) },
            { title: t('editor.until'), render: (_, row) => row.policy.window.until ?? '—' },
          ]}
        />
      )}
      {(clashes.data?.length ?? 0) > 0 && (
        <details className="panel clashes">
          <summary>{t('clashes.title', { n: clashes.data?.length })}</summary>
          <ul>
            {clashes.data?.map((clash) => (
              <li key={clash.kind + clash.ids.join() + clash.field}>
                <span className="badge amber">{t(`clashes.${clash.kind}`)}</span> {clash.titles.join(' ⇄ ')}
                {clash.field && <span className="muted"> · {named(fields.data.fields.find((one) => one.id === clash.field))}</span>}
                {clash.evidence.map((clause) => <blockquote key={clause.label + clause.quote}><b>{clause.label}</b> {clause.quote}</blockquote>)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {open && <PolicyEditor kept={open} fields={fields.data.fields} themes={fields.data.themes} onClose={() => setOpen(null)} />}
      {making && <NewPolicy onClose={() => setMaking(false)} onMade={() => setState('draft')} />}
    </>
  )
}

function NewPolicy({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const { t } = useTranslation('entitlements')
  const client = useQueryClient()
  const [title, setTitle] = useState('')
  const [region, setRegion] = useState('')
  const [text, setText] = useState('')
  const made = useMutation({
    mutationFn: () => post<Decomposed>('/enterprise_policies', { title, text, ...(region ? { region } : {}) }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['enterprise-policies'] })
      onMade()
    },
  })
  return (
    <Modal open title={t('policies.new')} width={720} onCancel={onClose} okText={made.data ? t('common:close') : t('policies.decompose')} okButtonProps={{ disabled: text.trim() === '', loading: made.isPending, 'data-testid': 'decompose' } as never} onOk={() => (made.data ? onClose() : made.mutate())}>
      {made.isError && <ErrorCard error={made.error} />}
      {made.data ? (
        <div data-testid="decomposed">
          <p>{t('policies.made', { n: made.data.policies.length })}</p>
          <ul className="notes">{made.data.notes.map((note, at) => <li key={at}><span className="badge amber">{t(`note_code.${note.code}`)}</span> {note.label} {note.quote}</li>)}</ul>
        </div>
      ) : (
        <div className="profile-grid one">
          <label className="profile-field">{t('editor.title')}<Input value={title} onChange={(event) => setTitle(event.target.value)} data-testid="policy-title" /></label>
          <label className="profile-field">{t('policies.region')}<Input value={region} maxLength={6} placeholder="510100" onChange={(event) => setRegion(event.target.value.trim())} /></label>
          <label className="profile-field">{t('policies.text')}<Input.TextArea rows={10} value={text} onChange={(event) => setText(event.target.value)} data-testid="policy-text" /></label>
        </div>
      )}
    </Modal>
  )
}
