/** One work order: what it says, its clocks, what happened to it, what is like it, and the steps that are open. */
import { Button, Input, Modal, Spin } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { post } from '~/api/client'
import type { HotlineCaller } from '~/api/types'
import { describe, ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { TimeLeft } from '~/components/TimeLeft'
import { dateTime } from '~/components/time'
import { useKeys } from '~/components/useKeys'
import { placeWords, useOrder } from '~/features/hotline/hotline'
import { CheckList, SimilarList, Urgency } from '~/features/hotline/parts'
import { StepDialog } from '~/features/hotline/StepDialog'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/hotline/hotline.css'

export function Component() {
  const { t } = useTranslation('hotline')
  const { order: id = '' } = useParams()
  const found = useOrder(id)
  const [step, setStep] = useState<{ step: string; into?: string } | null>(null)
  const moves = forward(found.data?.order.moves ?? [])
  useKeys(Object.fromEntries(moves.slice(0, 9).map((move, at) => [String(at + 1), () => setStep({ step: move })])), step === null)
  if (found.isPending) return <Spin className="page-spin" />
  if (found.isError) return <div className="page page-narrow"><ErrorCard error={found.error} onRetry={() => void found.refetch()} /></div>
  const { order, history, similar } = found.data
  const repeats = similar.filter((one) => one.repeat).length
  return (
    <div className="page hotline-page">
      <PageHead
        title={order.number}
        crumbs={<Link to="/hotline">{t('title')}</Link>}
        note={order.summary}
        actions={<>
          <span className="badge blue" data-testid="stand">{t(`stand.${order.stand}`)}</span>
          <Urgency value={order.urgency} />
          {order.late && <span className="badge red">{t('late')}</span>}
          {order.clock && <TimeLeft due={order.clock.due} />}
        </>}
      />
      {repeats > 0 && moves.includes('merge') && <div className="note-card amber" data-testid="repeat-note">{t('similar.found', { n: repeats })}</div>}
      {order.merged_into && <div className="note-card blue"><Link to={`/hotline/orders/${order.merged_into}`}>{t('similar.mergedInto')}</Link></div>}
      <div className="hotline-steps" role="group" aria-label={t('steps')}>
        {moves.length === 0 && <span className="muted">{t('noSteps')}</span>}
        {moves.map((move, at) => (
          <Button key={move} type={at === 0 ? 'primary' : 'default'} onClick={() => setStep({ step: move })} data-testid={`move-${move}`}>{t(`move.${move}`)} {at < 9 && <kbd>{at + 1}</kbd>}</Button>
        ))}
      </div>
      <div className="hotline-panes">
        <section className="panel hotline-pane" aria-label={t('order.matter')}>
          <h2>{t('order.matter')}</h2>
          <p className="hotline-content">{order.content}</p>
          <dl className="hotline-facts">
            <dt>{t('field.kind')}</dt><dd>{t(`kind.${order.kind}`)}</dd>
            <dt>{t('field.category')}</dt><dd>{order.category?.path.join(' / ') ?? t('noCategory')}</dd>
            <dt>{t('field.place')}</dt><dd>{placeWords(order.place) || t('noPlace')}</dd>
            <dt>{t('field.caller')}</dt><dd><Caller id={order.id} caller={order.caller} secret={order.secrecy} /></dd>
            <dt>{t('field.responsible')}</dt><dd>{order.responsible?.name ?? t('noDepartment')}</dd>
            {order.assisting.length > 0 && <><dt>{t('field.assisting')}</dt><dd>{order.assisting.map((one) => one.name).join(t('comma'))}</dd></>}
            <dt>{t('order.received')}</dt><dd>{dateTime(order.received_at)}</dd>
            {order.handling && <><dt>{t('order.due')}</dt><dd>{dateTime(order.handling.due)}</dd></>}
            {(order.extensions > 0 || order.returns > 0 || order.redos > 0 || order.reminders > 0) && <><dt>{t('order.tally')}</dt><dd>{t('order.tallyWords', { extensions: order.extensions, returns: order.returns, redos: order.redos, reminders: order.reminders })}</dd></>}
            {order.repeats > 0 && <><dt>{t('similar.title')}</dt><dd>{t('repeats', { n: order.repeats })}</dd></>}
            {order.tags.length > 0 && <><dt>{t('callback.tags')}</dt><dd>{order.tags.join(t('comma'))}</dd></>}
          </dl>
        </section>
        <section className="panel hotline-pane" aria-label={t('reply.title')}>
          <h2>{t('reply.title')}</h2>
          {order.reply ? <><p className="hotline-content">{order.reply.text}</p><CheckList checks={order.reply.checks} /></> : <p className="muted">{t('reply.none')}</p>}
          {order.callback && <p>{t('callback.said', { n: order.callback.satisfaction })} {t(order.callback.solved ? 'callback.isSolved' : 'callback.notSolved')}</p>}
          <h3>{t('similar.title')}</h3>
          <SimilarList similar={similar} onMerge={moves.includes('merge') ? (one) => setStep({ step: 'merge', into: one.id }) : undefined} />
        </section>
        <section className="panel hotline-pane" aria-label={t('order.history')}>
          <h2>{t('order.history')}</h2>
          <ol className="hotline-history" data-testid="history">
            {history.map((one, at) => (
              <li key={at}>
                <time dateTime={one.at}>{dateTime(one.at)}</time>
                <strong>{t(`move.${one.step}`, { defaultValue: one.step })}</strong>
                <span className="muted">{t(`stand.${one.stand}`)}</span>
                {one.note && <p>{t(`noteWord.${one.note}`, { defaultValue: one.note })}</p>}
              </li>
            ))}
          </ol>
        </section>
      </div>
      {step && <StepDialog full={found.data} step={step.step} into={step.into} onClose={() => setStep(null)} />}
    </div>
  )
}

/** What brings the work order on stands first. */
const ON = ['accept', 'sign', 'dispatch', 'answer', 'pass_answer', 'content', 'grant_extension', 'grant_return']
const rank = (move: string) => (ON.includes(move) ? ON.indexOf(move) : ON.length)
const forward = (moves: string[]) => [...moves].sort((a, b) => rank(a) - rank(b))

/** Masked; opened for a reason that is written down. */
function Caller({ id, caller, secret }: { id: string; caller: HotlineCaller; secret: boolean }) {
  const { t } = useTranslation('hotline')
  const user = useUser()
  const [shown, setShown] = useState<HotlineCaller | null>(null)
  const [asking, setAsking] = useState(false)
  const [reason, setReason] = useState('')
  const [fault, setFault] = useState<unknown>(null)
  const seen = shown ?? caller
  const reveal = async () => {
    try {
      setShown(await post<HotlineCaller>(`/hotline/orders/${id}/caller`, { reason }))
      setAsking(false)
    } catch (error) {
      setFault(error)
    }
  }
  const words = [seen.name, seen.phone].filter(Boolean).join(' ')
  const closed = secret && !may(user, /^hotline\.take$/)
  return (
    <>
      {words || t(closed ? 'secretCaller' : 'anonymous')}{secret && <span className="badge blue">{t('secret')}</span>}{' '}
      {!shown && words && may(user, /^hotline\.reveal$/) && <button type="button" className="link-button" onClick={() => setAsking(true)} data-testid="reveal">{t('reveal.open')}</button>}
      <Modal open={asking} title={t('reveal.title')} onCancel={() => setAsking(false)} onOk={() => void reveal()} okText={t('reveal.open')} cancelText={t('common:cancel')} okButtonProps={{ disabled: reason.trim() === '' }}>
        <p>{t('reveal.note')}</p>
        <Input aria-label={t('reveal.reason')} placeholder={t('reveal.reason')} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        {fault !== null && <p className="note-card red">{describe(fault, t).title}</p>}
      </Modal>
    </>
  )
}
