/** The review desk: draft and sources side by side, the checks, and the decision. */
import { CheckOutlined, CloseOutlined, EditOutlined, HighlightOutlined, LeftOutlined, RightOutlined, RollbackOutlined } from '@ant-design/icons'
import { App, Button, Skeleton, Tooltip } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import type { Decision, Review } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { TimeLeft } from '~/components/TimeLeft'
import { dateTime } from '~/components/time'
import { useKeys } from '~/components/useKeys'
import { Checks, Past } from '~/features/reviews/Checks'
import { DecisionDialog } from '~/features/reviews/DecisionDialog'
import { Draft } from '~/features/reviews/Draft'
import { AssignDialog } from '~/features/reviews/AssignDialog'
import { ClaimLine } from '~/features/reviews/ClaimLine'
import { KeyHelp } from '~/features/reviews/KeyHelp'
import { Matter } from '~/features/reviews/Matter'
import { ReleasedEdit } from '~/features/reviews/ReleasedEdit'
import { ReviewSources } from '~/features/reviews/ReviewSources'
import { departmentName, isOpen, reasonWords, useClaim, useDecide, useReview, useReviewList } from '~/features/reviews/reviews'
import { rememberSeen } from '~/features/reviews/seen'
import { useUser } from '~/features/session/session'
import { StateBadge } from './ReviewsPage'
import '~/features/reviews/reviews.css'

export function Component() {
  const { review: id = '' } = useParams()
  const review = useReview(id)
  if (review.isPending) return <div className="page"><Skeleton active /></div>
  if (review.isError) return <div className="page page-narrow"><ErrorCard error={review.error} onRetry={() => void review.refetch()} /></div>
  return <Desk key={id} review={review.data} />
}

function Desk({ review }: { review: Review }) {
  const { t } = useTranslation(['reviews', 'ask'])
  const { message } = App.useApp()
  const go = useNavigate()
  const queue = useReviewList('pending').data?.pages.flatMap((page) => page.items) ?? []
  const decide = useDecide(review.id)
  const claim = useClaim(review.id)
  // What stands to be signed: the draft, or what the first of two wrote.
  const standing = review.proposal ?? review.draft
  const [answer, setAnswer] = useState(standing.answer)
  const [assigning, setAssigning] = useState(false)
  const [editing, setEditing] = useState(false)
  const [asking, setAsking] = useState<Decision['decision'] | null>(null)
  const [help, setHelp] = useState(false)
  const [active, setActive] = useState<number | null>(null)
  useEffect(() => {
    if (!editing) setAnswer(standing.answer)
  }, [editing, standing.answer])
  const user = useUser().id
  useEffect(() => rememberSeen(user, review.id, review.content_hash), [user, review.id, review.content_hash])
  const place = queue.findIndex((row) => row.id === review.id)
  const neighbour = (by: number) => queue[place < 0 ? 0 : place + by]
  const step = (by: number) => {
    const next = neighbour(by)
    if (next && next.id !== review.id) leave(`/reviews/${next.id}`)
  }
  const may = review.may_decide
  const editable = review.kind === 'answer'
  const changed = answer.trim() !== standing.answer.trim()
  const leave = (to: string) => {
    // An edit that is not sent yet is not thrown away by a key.
    if (editing && changed) void message.warning(t('edit.unsent'))
    else void go(to)
  }
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    a: () => may && setAsking(editing && changed ? 'edit' : 'approve'),
    e: () => may && editable && setEditing(true),
    r: () => may && setAsking('reject'),
    b: () => may && setAsking('return'),
    s: () => may && setAsking('countersign'),
    c: () => may && claim.mutate(!review.claim?.me),
    u: () => leave('/reviews'),
    '?': () => setHelp(true),
  }
  useKeys(keys, asking === null && !assigning)
  const send = async (decision: Decision) => {
    const next = queue.find((row) => row.id !== review.id)
    await decide.mutateAsync({ ...decision, seen: review.content_hash })
    setAsking(null)
    setEditing(false)
    void message.success(t(`done.${decision.decision}`))
    void go(next ? `/reviews/${next.id}` : '/reviews')
  }
  const asker = review.asker ? [review.asker.name, departmentName(review.asker.department)].filter(Boolean).join(' · ') : t('citizen')
  return (
    <div className="page desk" data-testid="review-desk">
      <PageHead
        crumbs={<Link to="/reviews">{t('title')}</Link>}
        title={review.question}
        note={
          <span className="review-facts-line">
            <span className="badge blue">{editable ? review.scenario_title : t(`kind.${review.kind}`)}</span>
            <span>{asker}</span>
            <span>{dateTime(review.asked_at)}</span>
            {review.reason && <span>{reasonWords(review.reason, t)}</span>}
            {review.trouble && <span className="badge red">{t(`trouble.${review.trouble}`)}</span>}
            {review.state !== 'pending' && <StateBadge state={review.state} />}
            {isOpen(review.state) && <TimeLeft due={review.due_at} />}
          </span>
        }
        actions={
          <>
            <Tooltip title={`${t('previous')} (k)`}><Button icon={<LeftOutlined />} aria-label={t('previous')} disabled={place <= 0} onClick={() => step(-1)} /></Tooltip>
            <Tooltip title={`${t('next')} (j)`}><Button icon={<RightOutlined />} aria-label={t('next')} disabled={!neighbour(1)} onClick={() => step(1)} /></Tooltip>
            <Button className="keys-button" onClick={() => setHelp(true)}>{t('keys.button')}</Button>
          </>
        }
      />
      <ClaimLine review={review} busy={claim.isPending} error={claim.error} onClaim={(take) => claim.mutate(take)} onAssign={() => setAssigning(true)} />
      <div className="desk-columns">
        <div className="stack desk-left">
          {!editable && <Matter review={review} />}
          {editable && <Draft review={review} answer={answer} editing={editing} active={active} onAnswer={setAnswer} onCite={setActive} onCancel={() => setEditing(false)} />}
          {editable && <ReleasedEdit review={review} />}
        </div>
        <div className="stack">
          {editable && <Checks checks={review.checks} />}
          {editable && <ReviewSources sources={review.sources} active={active} />}
          <Past history={review.history} />
        </div>
      </div>
      <footer className="desk-foot">
        {may ? (
          <>
            <Button type="primary" size="large" icon={<CheckOutlined />} onClick={() => setAsking(editing && changed ? 'edit' : 'approve')} data-testid="approve">
              {editing && changed ? t('action.editApprove') : t('action.approve')} <kbd>a</kbd>
            </Button>
            {editable && !editing && (
              <Button size="large" icon={<EditOutlined />} onClick={() => setEditing(true)} data-testid="edit">
                {t('action.edit')} <kbd>e</kbd>
              </Button>
            )}
            <Button danger size="large" icon={<CloseOutlined />} onClick={() => setAsking('reject')} data-testid="reject">
              {t('action.reject')} <kbd>r</kbd>
            </Button>
            <Button size="large" icon={<RollbackOutlined />} onClick={() => setAsking('return')} data-testid="return">
              {t('action.return')} <kbd>b</kbd>
            </Button>
            {review.signatures < 2 && (
              <Button size="large" icon={<HighlightOutlined />} onClick={() => setAsking('countersign')} data-testid="countersign">
                {t('action.countersign')} <kbd>s</kbd>
              </Button>
            )}
          </>
        ) : (
          <p className="desk-why" data-testid="why-not">{t(`whyNot.${(review.why_not ?? 'none').replaceAll('.', '_')}`, { defaultValue: review.why_not && /[^a-z_.]/.test(review.why_not) ? review.why_not : t('mayNot') })}</p>
        )}
      </footer>
      <AssignDialog review={review} open={assigning} onClose={() => setAssigning(false)} />
      <DecisionDialog kind={asking} before={standing.answer} answer={answer} changed={editable && editing && changed} teachable={editable} onClose={() => setAsking(null)} onSend={send} />
      <KeyHelp open={help} onClose={() => setHelp(false)} />
    </div>
  )
}
