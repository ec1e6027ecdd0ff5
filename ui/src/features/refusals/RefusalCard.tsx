/** One refusal: what leads to it, what the asker reads, who answers for it, and its earlier words. */
import { Button, Empty, Skeleton } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { RefusalEntry, RefusalVersion } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import { useRefusalHistory } from './refusals'
import { RefusalTexts } from './RefusalTexts'

type Props = { entry: RefusalEntry; current: boolean; onCurrent: () => void; onChange: (() => void) | null }

export function RefusalCard({ entry, current, onCurrent, onChange }: Props) {
  const { t } = useTranslation('refusals')
  const [past, setPast] = useState(false)
  const version = entry.in_force
  const reviews = may(useUser(), /^review\.read$/)
  return (
    <li className={`panel panel-pad refusal${current ? ' current' : ''}`} data-testid={`refusal-${entry.name}`} data-current={current} onMouseEnter={onCurrent}>
      <div className="refusal-head">
        <h2>{t(`name.${entry.name}`, { defaultValue: entry.name })}</h2>
        <code className="mono">{entry.name}</code>
        {entry.labels.map((label) => <span key={label} className="badge blue">{t(`label.${label}`, { defaultValue: label })}</span>)}
        {entry.risks.map((risk) => <span key={risk} className="badge amber">{risk}</span>)}
      </div>
      <RefusalTexts words={entry.words} />
      <p className="muted" data-testid="answers-for">
        {version ? t('reviewed', { by: version.decided_by ?? '—', at: dateTime(version.decided_at), author: version.proposed_by }) : t('shipped')}
      </p>
      {entry.waiting && (
        <p className="refusal-waiting" data-testid="refusal-waiting">
          <span className="badge amber">{t(entry.waiting.state === 'returned' ? 'returned' : 'waiting', { by: entry.waiting.proposed_by, at: dateTime(entry.waiting.proposed_at) })}</span>{' '}
          {reviews && <Link to={`/reviews/${entry.waiting.review_id}`}>{t('openReview')}</Link>}
        </p>
      )}
      <div className="refusal-actions">
        {onChange && <Button size="small" disabled={entry.waiting !== null && entry.waiting.state !== 'returned'} onClick={onChange} data-testid="change-refusal">{t('change')}</Button>}
        <Button size="small" type="link" aria-expanded={past} onClick={() => setPast(!past)} data-testid="refusal-versions">{t('versions')}</Button>
      </div>
      {past && <Versions name={entry.name} />}
    </li>
  )
}

function Versions({ name }: { name: string }) {
  const { t } = useTranslation('refusals')
  const list = useRefusalHistory(name, true)
  if (list.isPending) return <Skeleton active paragraph={{ rows: 2 }} />
  if (list.isError) return <ErrorCard error={list.error} onRetry={() => void list.refetch()} />
  if (list.data.items.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty.versions')} />
  return <ol className="refusal-versions">{list.data.items.map((version) => <Version key={version.review_id} version={version} />)}</ol>
}

function Version({ version }: { version: RefusalVersion }) {
  const { t } = useTranslation(['refusals', 'reviews'])
  return (
    <li data-testid="refusal-version">
      <p>
        <span className="badge">{t(`reviews:state.${version.state}`, { defaultValue: version.state })}</span>{' '}
        {t('proposed', { by: version.proposed_by, at: dateTime(version.proposed_at) })}
        {version.decided_by && ` · ${t('decided', { by: version.decided_by, at: dateTime(version.decided_at) })}`}
      </p>
      <p className="muted">{t('because', { why: version.why })}{version.reason && ` · ${version.reason}`}</p>
      <RefusalTexts words={version.words} />
    </li>
  )
}
