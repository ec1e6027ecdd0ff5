/** The bank of refusals: what askers read when nothing is answered, by label and by risk. */
import { Button, Empty, Input, type InputRef, Segmented, Skeleton } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RefusalEntry } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { useKeys } from '~/components/useKeys'
import { groupOf, type Group, holds, useRefusals } from '~/features/refusals/refusals'
import { RefusalCard } from '~/features/refusals/RefusalCard'
import { RefusalForm } from '~/features/refusals/RefusalForm'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/refusals/refusals.css'

const GROUPS: Group[] = ['all', 'label', 'risk', 'other']

export function Component() {
  const { t } = useTranslation('refusals')
  const changes = may(useUser(), /^(correction|policy)\.manage$/)
  const bank = useRefusals()
  const [group, setGroup] = useState<Group>('all')
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const [changing, setChanging] = useState<RefusalEntry | null>(null)
  const search = useRef<InputRef>(null)
  useEffect(() => setAt(0), [group, typed])
  const title = (entry: RefusalEntry) => t(`name.${entry.name}`, { defaultValue: entry.name })
  const shown = (bank.data?.items ?? []).filter((entry) => (group === 'all' || groupOf(entry) === group) && holds(entry, title(entry), typed))
  const free = (entry: RefusalEntry) => changes && (entry.waiting === null || entry.waiting.state === 'returned')
  const move = (by: number) => {
    const next = Math.min(Math.max(at + by, 0), Math.max(shown.length - 1, 0))
    setAt(next)
    document.querySelector(`[data-testid="refusal-${shown[next]?.name}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    e: () => shown[at] && free(shown[at]) && setChanging(shown[at]),
    '/': () => search.current?.focus(),
  })
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} />
      <div className="toolbar">
        <Segmented value={group} onChange={setGroup} options={GROUPS.map((value) => ({ value, label: t(`group.${value}`) }))} />
        <Input.Search ref={search} allowClear value={typed} onChange={(event) => setTyped(event.target.value)} placeholder={t('search')} aria-label={t('search')} style={{ maxWidth: 280 }} data-testid="refusal-search" />
        <span className="muted keys-button">{t('keys')}</span>
      </div>
      {bank.isPending && <Skeleton active />}
      {bank.isError && <ErrorCard error={bank.error} onRetry={() => void bank.refetch()} />}
      {bank.isSuccess && shown.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty.bank')}>
          <Button onClick={() => { setTyped(''); setGroup('all') }}>{t('showAll')}</Button>
        </Empty>
      )}
      <ul className="refusal-list" data-testid="refusal-list">
        {shown.map((entry, index) => (
          <RefusalCard key={entry.name} entry={entry} current={index === at} onCurrent={() => setAt(index)} onChange={changes ? () => setChanging(entry) : null} />
        ))}
      </ul>
      <RefusalForm entry={changing} onClose={() => setChanging(null)} />
    </div>
  )
}
