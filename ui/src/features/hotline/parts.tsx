/** Small things that several hotline screens show. */
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { HotlineCheck, HotlineOrder, HotlineReason, HotlineSimilar } from '~/api/types'
import { TimeLeft } from '~/components/TimeLeft'
import { ago, dateTime } from '~/components/time'
import { placeWords, urgencyTone } from './hotline'

export function Urgency({ value }: { value: string }) {
  const { t } = useTranslation('hotline')
  return <span className={`badge ${urgencyTone(value)}`}>{t(`urgency.${value}`)}</span>
}

export function Why({ reason }: { reason: HotlineReason | null | undefined }) {
  const { t } = useTranslation('hotline')
  if (!reason) return null
  const words = reason.words.filter(Boolean)
  return (
    <span className="hotline-why">
      {t(`why.${reason.code}`, { defaultValue: t('why.words') })}
      {words.length > 0 && <span className="hotline-words">{words.slice(0, 6).map((word) => <mark key={word}>{word}</mark>)}</span>}
    </span>
  )
}

export function SimilarList({ similar, onMerge }: { similar: HotlineSimilar[]; onMerge?: (one: HotlineSimilar) => void }) {
  const { t } = useTranslation('hotline')
  if (similar.length === 0) return <p className="muted">{t('similar.none')}</p>
  return (
    <ul className="hotline-similar" data-testid="similar">
      {similar.map((one) => (
        <li key={one.id}>
          <div className="hotline-similar-head">
            <Link to={`/hotline/orders/${one.id}`} className="mono">{one.number}</Link>
            {one.repeat && <span className="badge amber" data-testid="repeat">{t('similar.repeat')}</span>}
            <span className="badge">{t(`stand.${one.stand}`)}</span>
            <span className="muted">{t('similar.likeness', { n: Math.round(one.likeness * 100) })} · {ago(one.received_at)}</span>
          </div>
          <p>{one.summary}</p>
          {one.reply && <p className="hotline-similar-reply">{t('similar.replied')}{one.reply}</p>}
          {one.repeat && onMerge && <button type="button" className="plain-button small" onClick={() => onMerge(one)}>{t('similar.merge')}</button>}
        </li>
      ))}
    </ul>
  )
}

export function CheckList({ checks }: { checks: HotlineCheck[] }) {
  const { t } = useTranslation('hotline')
  return (
    <ul className="hotline-checks" data-testid="reply-checks">
      {checks.map((check) => (
        <li key={check.quality} className={check.ok ? 'ok' : 'short'}>
          <span aria-hidden="true">{check.ok ? '✓' : '!'}</span>
          <strong>{t(`quality.${check.quality}`)}</strong>
          <span>{check.ok ? t('quality.fine') : check.missing.map((code) => t(`missing.${code}`)).join(t('comma'))}</span>
        </li>
      ))}
    </ul>
  )
}

/** A work order as a card of the queue. */
export function OrderCard({ order, current, onClick }: { order: HotlineOrder; current?: boolean; onClick?: () => void }) {
  const { t } = useTranslation('hotline')
  return (
    <Link to={`/hotline/orders/${order.id}`} className={`hotline-card${current ? ' current' : ''} ${urgencyTone(order.urgency)}`} onClick={onClick} data-testid="order-card">
      <span className="hotline-card-head">
        <span className="mono">{order.number}</span>
        {order.urgency !== 'normal' && <Urgency value={order.urgency} />}
        {order.repeats > 0 && <span className="badge amber">{t('repeats', { n: order.repeats })}</span>}
        {order.secrecy && <span className="badge blue">{t('secret')}</span>}
      </span>
      <span className="hotline-card-text">{order.summary}</span>
      <span className="hotline-card-foot">
        <span>{order.category?.path[2] ?? t('noCategory')}</span>
        <span>{placeWords(order.place)}</span>
        {order.clock ? <TimeLeft due={order.clock.due} /> : <span className="muted">{dateTime(order.received_at)}</span>}
      </span>
    </Link>
  )
}
