/** The guard's rules: what each saw, what was a false alarm, and whether it only observes. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Input, Segmented, Skeleton, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, put } from '~/api/client'
import type { GuardRule } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import { ReasonDialog } from './ReasonDialog'

const ACTIONS: Record<string, string> = { block: 'red', review: 'amber', observe: 'blue' }

export function RulesPanel({ manages }: { manages: boolean }) {
  const { t } = useTranslation(['protect', 'security'])
  const [side, setSide] = useState('')
  const [words, setWords] = useState('')
  const [switched, setSwitched] = useState<GuardRule | null>(null)
  const queries = useQueryClient()
  const rules = useQuery({ queryKey: ['security', 'rules'], queryFn: ({ signal }) => get<{ items: GuardRule[] }>('/security/rules', signal) })
  const other = switched?.mode === 'observe' ? 'enforce' : 'observe'
  const change = useMutation({
    mutationFn: (reason: string) => put('/security/rules', { rule: switched?.id, mode: other, reason }),
    onSuccess: () => {
      setSwitched(null)
      void queries.invalidateQueries({ queryKey: ['security', 'rules'] })
    },
  })
  if (rules.isPending) return <Skeleton active />
  if (rules.isError) return <ErrorCard error={rules.error} onRetry={() => void rules.refetch()} />
  const name = (rule: GuardRule) => t(`security:category.${rule.category}`, { defaultValue: rule.category })
  const shown = rules.data.items.filter((rule) => (side === '' || rule.side === side) && (words === '' || rule.id.includes(words) || name(rule).includes(words)))
  return (
    <section className="panel panel-pad" aria-label={t('rules.title')} data-testid="rules">
      <header className="testbox-head">
        <h2>{t('rules.count', { n: shown.length })}</h2>
        <span className="row-tools">
          <Input allowClear value={words} onChange={(event) => setWords(event.target.value.trim())} placeholder={t('rules.find')} aria-label={t('rules.find')} />
          <Segmented value={side} onChange={setSide} options={['', 'input', 'output'].map((value) => ({ value, label: t(value === '' ? 'events.all' : `stage.${value}`) }))} />
        </span>
      </header>
      <p className="muted">{t('rules.note')}</p>
      {shown.length === 0 && <p className="muted" role="status">{t('rules.none')}</p>}
      <ul className="rows">
        {shown.map((rule) => (
          <li key={rule.id} data-testid="rule">
            <span className={`badge ${ACTIONS[rule.action] ?? ''}`}>{t(`security:action.${rule.action}`, { defaultValue: rule.action })}</span>
            <div>
              <p><strong>{name(rule)}</strong> <code>{rule.id}</code> {rule.mode === 'observe' && <span className="badge blue">{t('rules.observing')}</span>}</p>
              <p className="muted">{rule.why} · {t('rules.hits', { n: rule.hits, wrong: rule.false_alarms })}{rule.changed_at && ` · ${dateTime(rule.changed_at)} ${rule.changed_by ?? ''} ${rule.reason ?? ''}`}</p>
            </div>
            {rule.fixed ? <span className="muted">{t('rules.fixed')}</span> : <Switch checked={rule.mode === 'enforce'} disabled={!manages} checkedChildren={t('rules.enforce')} unCheckedChildren={t('rules.observe')} onChange={() => setSwitched(rule)} aria-label={rule.id} data-testid={`switch-${rule.id}`} />}
          </li>
        ))}
      </ul>
      <ReasonDialog title={t(`rules.to_${other}`, { rule: switched?.id ?? '' })} open={switched !== null} danger={other === 'observe'} busy={change.isPending} error={change.error} onCancel={() => setSwitched(null)} onDone={(reason) => change.mutate(reason)} />
    </section>
  )
}
