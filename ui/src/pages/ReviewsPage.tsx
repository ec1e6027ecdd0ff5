/** The queue of answers that may not leave without a person. */
import { Button, Checkbox, Empty, Skeleton, Tabs } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearchParams } from 'react-router'
import type { ReviewRow } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { TimeLeft } from '~/components/TimeLeft'
import { ago, dateTime } from '~/components/time'
import { useKeys } from '~/components/useKeys'
import { BatchBar } from '~/features/reviews/BatchBar'
import { BatchDialog } from '~/features/reviews/BatchDialog'
import { KeyHelp } from '~/features/reviews/KeyHelp'
import { type BatchDecision, departmentName, isOpen, reasonWords, type Shelf, useReviewList } from '~/features/reviews/reviews'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/reviews/reviews.css'

/** The most items that are decided at once. */
const BATCH = 50
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
  const decides = may(useUser(), /^review\.decide$/)
  const [picked, setPicked] = useState<ReviewRow[]>([])
  const [batch, setBatch] = useState<BatchDecision | null>(null)
  useEffect(() => {
    setAt(0)
    setPicked([])
  }, [shelf])
  // A batch is of one kind: the first item that is picked says which.
  const pickable = (row: ReviewRow) => decides && isOpen(row.state) && (picked.length === 0 || picked[0]?.kind === row.kind)
  const isPicked = (row: ReviewRow) => picked.some((one) => one.id === row.id)
  const pick = (row: ReviewRow) => {
    if (isPicked(row)) setPicked(picked.filter((one) => one.id !== row.id))
    else if (pickable(row) && picked.length < BATCH) setPicked([...picked, row])
  }
  const ask = (decision: BatchDecision) => picked.length > 0 && setBatch(decision)
  const move = (by: number) => setAt((old) => Math.min(Math.max(old + by, 0), Math.max(rows.length - 1, 0)))
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => rows[at] && void go(`/reviews/${rows[at].id}`),
    x: () => rows[at] && pick(rows[at]),
    a: () => ask('approve'),
    r: () => ask('reject'),
    b: () => ask('return'),
    '?': () => setHelp(true),
  })
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} actions={<><Button onClick={() => void go('/reviews/people')} data-testid="open-reviewers">{t('people.title')}</Button><Button className="keys-button" onClick={() => setHelp(true)}>{t('keys.button')}</Button></>} />
      <Tabs activeKey={shelf} onChange={(key) => setParams({ state: key })} items={SHELVES.map((key) => ({ key, label: <span data-testid={`shelf-${key}`}>{t(`shelf.${key}`)}</span> }))} />
      {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton active />}
      {list.isSuccess && rows.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t(`empty.${shelf}`)} />}
      <BatchBar selected={picked} onAll={() => setPicked(rows.filter(pickable).slice(0, BATCH))} onClear={() => setPicked([])} onDecide={(decision) => setBatch(decision)} />
      <ul className="review-list">
        {rows.map((row, index) => (
          <ReviewLine key={row.id} row={row} current={index === at} picked={isPicked(row)} onCurrent={() => setAt(index)} onPick={pickable(row) ? () => pick(row) : null} />
        ))}
      </ul>
      {list.hasNextPage && (
        <div className="more-row">
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('common:more')}</Button>
        </div>
      )}
      {batch && (
        <BatchDialog
          decision={batch}
          rows={picked}
          onClose={(decided) => {
            setBatch(null)
            if (decided) setPicked([])
          }}
        />
      )}
      <KeyHelp open={help} onClose={() => setHelp(false)} />
    </div>
  )
}

type LineProps = { row: ReviewRow; current: boolean; picked: boolean; onCurrent: () => void; onPick: (() => void) | null }

function ReviewLine({ row, current, picked, onCurrent, onPick }: LineProps) {
  const { t } = useTranslation('reviews')
  const department = departmentName(row.asker?.department)
  return (
    <li className={`review-line panel${current ? ' current' : ''}`} data-testid="review-row" onMouseEnter={onCurrent}>
      {onPick && <Checkbox className="review-pick" checked={picked} onChange={onPick} aria-label={t('batch.pick', { question: row.question })} data-testid="pick" />}
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
