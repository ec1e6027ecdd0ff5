/** The queue of answers that may not leave without a person. */
import { Button, Empty, Skeleton, Tabs } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearchParams } from 'react-router'
import type { ReviewRow } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { TimeLeft } from '~/components/TimeLeft'
import { ago, dateTime } from '~/components/time'
import { useKeys } from '~/components/useKeys'
import { KeyHelp } from '~/features/reviews/KeyHelp'
import { departmentName, isOpen, reasonWords, type Shelf, useReviewList } from '~/features/reviews/reviews'
import '~/features/reviews/reviews.css'

const SHELVES: Shelf[] = ['tasks', 'pending', 'submitted', 'exceptions', 'decided']

export function Component() {
  const { t } = useTranslation('reviews')
  const go = useNavigate()
  const [params, setParams] = useSearchParams()
  const shelf = SHELVES.find((one) => one === params.get('state')) ?? 'pending'
  const list = useReviewList(shelf)
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const [at, setAt] = useState(0)
  const [help, setHelp] = useState(false)
  useEffect(() => setAt(0), [shelf])
  const move = (by: number) => setAt((old) => Math.min(Math.max(old + by, 0), Math.max(rows.length - 1, 0)))
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => rows[at] && void go(`/reviews/${rows[at].id}`),
    '?': () => setHelp(true),
  })
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} actions={<Button className="keys-button" onClick={() => setHelp(true)}>{t('keys.button')}</Button>} />
      <Tabs activeKey={shelf} onChange={(key) => setParams({ state: key })} items={SHELVES.map((key) => ({ key, label: <span data-testid={`shelf-${key}`}>{t(`shelf.${key}`)}</span> }))} />
      {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton active />}
      {list.isSuccess && rows.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t(`empty.${shelf}`)} />}
      <ul className="review-list">
        {rows.map((row, index) => (
          <ReviewLine key={row.id} row={row} current={index === at} onCurrent={() => setAt(index)} />
        ))}
      </ul>
      {list.hasNextPage && (
        <div className="more-row">
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('common:more')}</Button>
        </div>
      )}
      <KeyHelp open={help} onClose={() => setHelp(false)} />
    </div>
  )
}

function ReviewLine({ row, current, onCurrent }: { row: ReviewRow; current: boolean; onCurrent: () => void }) {
  const { t } = useTranslation('reviews')
  const department = departmentName(row.asker?.department)
  return (
    <li className={`review-line panel${current ? ' current' : ''}`} data-testid="review-row" onMouseEnter={onCurrent}>
      <Link to={`/reviews/${row.id}`} onFocus={onCurrent}>
        <span className="review-question">{row.question}</span>
        <span className="review-facts-line">
          <span className="badge blue">{row.kind === 'answer' ? row.scenario_title : t(`kind.${row.kind}`)}</span>
          <span>{row.asker ? [row.asker.name, department].filter(Boolean).join(' · ') : t('citizen')}</span>
          <time dateTime={row.asked_at} title={dateTime(row.asked_at)}>{ago(row.asked_at)}</time>
          {row.reason && <span className="review-reason">{reasonWords(row.reason, t)}</span>}
        </span>
      </Link>
      <span className="review-marks">
        {row.checks_failed > 0 && <span className="badge amber">{t('checksFailed', { n: row.checks_failed })}</span>}
        {row.trouble && <span className="badge red" data-testid="trouble">{t(`trouble.${row.trouble}`)}</span>}
        {row.claim && <span className="badge">{row.claim.me ? t('claim.mine') : t('claim.by', { name: row.claim.name })}</span>}
        {row.signatures > 1 && isOpen(row.state) && <span className="badge">{t('twoSign')}</span>}
        {row.escalated && isOpen(row.state) && <span className="badge amber">{t('escalated')}</span>}
        {row.state !== 'pending' && <StateBadge state={row.state} />}
        {isOpen(row.state) && <TimeLeft due={row.due_at} />}
      </span>
    </li>
  )
}

export function StateBadge({ state }: { state: string }) {
  const { t } = useTranslation('reviews')
  const tone = state === 'rejected' ? 'red' : state === 'approved' || state === 'edited' ? 'green' : 'amber'
  return <span className={`badge ${tone}`} data-testid="review-state">{t(`state.${state}`, { defaultValue: state })}</span>
}
