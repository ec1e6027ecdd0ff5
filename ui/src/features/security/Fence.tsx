/** The electronic fence: its policies in words, a draft tried before it counts, why a decision falls as it does, and whom a higher level cuts off. */
import { useQuery } from '@tanstack/react-query'
import { Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { get } from '~/api/client'
import type { Clause, Fence, FenceVersion } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import { language } from '~/i18n'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import { FenceEditor } from './FenceEditor'
import { FenceExplain } from './FenceExplain'
import { FenceImpactCard } from './FenceImpact'

export const useFence = () => useQuery({ queryKey: ['fence'], queryFn: ({ signal }) => get<Fence>('/fence', signal) })

export function FencePanel() {
  const { t } = useTranslation('fence')
  const manages = may(useUser(), /^policy\.manage$/)
  const fence = useFence()
  if (fence.isPending) return <div className="panel panel-pad"><Skeleton active /></div>
  if (fence.isError) return <ErrorCard error={fence.error} onRetry={() => void fence.refetch()} />
  const { clauses, changed, changed_at: at, changed_by: by, reason, folder_mistakes: mistakes } = fence.data
  return (
    <div className="stack" data-testid="fence">
      <section className="panel panel-pad">
        <header className="testbox-head">
          <h2>{t('title', { n: clauses.length })}</h2>
          <span className="muted">{changed ? t('changed', { at: dateTime(at), by: by ?? '—' }) : t('shipped')}</span>
        </header>
        {changed && reason && <p className="muted">{t('reason', { reason })}</p>}
        <p className="muted">{t('deny')}</p>
        {mistakes.length > 0 && (
          <div className="note-card red" role="alert" data-testid="folder-mistakes">
            <p>{t('folder')}</p>
            <ul className="mistakes">{mistakes.map((one, at) => <li key={at}>{one.file}{one.line !== null && `:${one.line}`} — {one.problem}</li>)}</ul>
          </div>
        )}
        <ul className="clauses">{clauses.map((clause) => <ClauseLine key={clause.id} clause={clause} />)}</ul>
      </section>
      <FenceExplain />
      <FenceImpactCard manages={manages} />
      <FenceEditor key={fence.data.text} fence={fence.data} manages={manages} />
      <FenceHistory />
    </div>
  )
}

function FenceHistory() {
  const { t } = useTranslation('fence')
  const versions = useQuery({ queryKey: ['fence', 'versions'], queryFn: ({ signal }) => get<{ items: FenceVersion[] }>('/fence/versions', signal) })
  if (!versions.data || versions.data.items.length === 0) return null
  return (
    <section className="panel panel-pad" aria-label={t('history')}>
      <header className="testbox-head"><h2>{t('history')}</h2></header>
      <ul className="lines">
        {versions.data.items.map((one) => (
          <li key={one.version}>
            <details><summary>{t('version', { n: one.version })} · {dateTime(one.at)} · {one.by} · {one.reason}</summary><pre className="policy-text">{one.text}</pre></details>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function ClauseLine({ clause }: { clause: Clause }) {
  const { t } = useTranslation('fence')
  return (
    <li className="clause" data-testid="clause">
      <span className={`badge ${clause.effect === 'permit' ? 'green' : 'red'}`}>{t(`effect.${clause.effect}`)}</span>
      <div>
        <strong>{language() === 'en' ? clause.title_en || clause.title : clause.title}</strong> <code className="muted">{clause.id}</code>
        {clause.says && <p>{clause.says}</p>}
        <details>
          <summary>{t('text')}</summary>
          <pre>{clause.text}</pre>
        </details>
      </div>
    </li>
  )
}
