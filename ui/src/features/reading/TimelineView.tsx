/** The texts of a law along the years: which one applies today, and which one on a day of one's choice. */
import { DatePicker, Skeleton } from 'antd'
import dayjs from 'dayjs'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { query } from '~/api/client'
import type { Heir, Timeline, TimelineItem } from '~/api/types'
import { TONES } from '~/components/ValidityBadge'
import { onDay, picture, useTimeline } from './reading'

type Props = { document: string; shown: string | undefined; asOf: string | null; onAsOf: (day: string | null, item: TimelineItem | null) => void }

export function TimelineView({ document, ...rest }: Props) {
  const timeline = useTimeline(document)
  if (timeline.isPending) return <div className="panel panel-pad"><Skeleton active paragraph={{ rows: 2 }} title={false} /></div>
  // A server without time lines shows the document without one.
  if (timeline.isError || timeline.data.items.length === 0) return null
  return <Line document={document} timeline={timeline.data} {...rest} />
}

function Line({ document, timeline, shown, asOf, onAsOf }: Props & { timeline: Timeline }) {
  const { t } = useTranslation('reading')
  const { items, today } = timeline
  const drawn = useMemo(() => picture(items, today), [items, today])
  const applies = useMemo(() => (asOf ? onDay(items, asOf) : null), [asOf, items])
  const isShown = (item: TimelineItem) => (asOf ? item === applies : item.document_id === document && item.version_id === shown)
  const stale = asOf !== null && applies !== null && (applies.document_id !== document || (applies.version_id !== null && applies.version_id !== shown))
  useEffect(() => {
    // A link that names only the day opens the text of that day.
    if (stale) onAsOf(asOf, applies)
  }, [stale, asOf, applies, onAsOf])
  return (
    <section className="panel panel-pad timeline" data-testid="timeline" aria-label={t('timeline.title')}>
      <header className="timeline-head">
        <h2>{t('timeline.title')}</h2>
        <span className="timeline-pick">
          <span>{t('timeline.asOf')}</span>
          <DatePicker
            size="small"
            value={asOf ? dayjs(asOf) : null}
            placeholder={t('timeline.today')}
            aria-label={t('timeline.asOf')}
            onChange={(day) => {
              const chosen = day ? day.format('YYYY-MM-DD') : null
              onAsOf(chosen, chosen ? onDay(items, chosen) : null)
            }}
          />
        </span>
      </header>
      <div className="timeline-picture" aria-hidden="true">
        {drawn.ticks.map((tick) => (
          <span key={tick.label} className="timeline-tick" style={{ left: `${tick.at * 100}%` }}>{tick.label}</span>
        ))}
        <div className="timeline-bar">
          {drawn.segments.map(({ item, left, width, open }, at) => (
            <span
              key={at}
              className={`timeline-segment ${TONES[item.status] || 'grey'}${isShown(item) ? ' shown' : ''}${open ? ' open' : ''}`}
              style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
              title={[item.title, dates(item, t)].join(' · ')}
            />
          ))}
        </div>
        <span className={`timeline-mark today${drawn.place(today) > 0.85 ? ' before' : ''}`} style={{ left: `${drawn.place(today) * 100}%` }}><span>{t('timeline.now')}</span></span>
        {asOf && <span className={`timeline-mark as-of${drawn.place(asOf) > 0.85 ? ' before' : ''}`} style={{ left: `${drawn.place(asOf) * 100}%` }}><span>{asOf}</span></span>}
      </div>
      {asOf && <p className="timeline-answer" role="status" data-testid="timeline-answer">{applies ? t('timeline.applies', { day: asOf, title: applies.title }) : t('timeline.nothing', { day: asOf })}</p>}
      <ol className="timeline-list">
        {items.map((item, at) => (
          <li key={at} className={isShown(item) ? 'shown' : ''} aria-current={isShown(item) || undefined} data-testid="timeline-item">
            <span className={`badge ${TONES[item.status] ?? ''}`}>{t(`common:validity.${item.status}`, { defaultValue: item.status })}</span>
            <Link to={`/documents/${item.document_id}${query({ version: item.version_id })}`} replace={item.document_id === document}>{item.title}</Link>
            <span className="timeline-dates">{dates(item, t)}</span>
            {item.why && <span className="muted">{item.why}</span>}
            {at > 0 && items[at - 1].document_id === document && item.document_id === document && items[at - 1].version_id && item.version_id && (
              <Link className="timeline-compare" to={`/documents/${document}/difference${query({ from: items[at - 1].version_id, to: item.version_id })}`}>{t('timeline.compare')}</Link>
            )}
            {at > 0 && item.document_id !== items[at - 1].document_id && (
              <Link className="timeline-compare" to={`/documents/${items[at - 1].document_id}/difference${query({ other: item.document_id })}`}>{t('timeline.compare')}</Link>
            )}
          </li>
        ))}
      </ol>
      {(timeline.replaced_by || timeline.replaces.length > 0) && (
        <p className="timeline-heirs">
          {timeline.replaced_by && <span>{t('timeline.replacedBy')} <HeirLink heir={timeline.replaced_by} /></span>}
          {timeline.replaces.length > 0 && (
            <span>
              {t('timeline.replaces')}{' '}
              {timeline.replaces.map((one, at) => (
                <span key={one.title + at}>{at > 0 && t('comma')}<HeirLink heir={one} /></span>
              ))}
            </span>
          )}
        </p>
      )}
    </section>
  )
}

const HeirLink = ({ heir }: { heir: Heir }) => (heir.document_id ? <Link to={`/documents/${heir.document_id}`}>{heir.title}</Link> : <>{heir.title}</>)

function dates(item: TimelineItem, t: (key: string, values?: Record<string, unknown>) => string): string {
  if (item.from && item.until) return t('common:validity.range', { from: item.from, until: item.until })
  if (item.from) return t('common:validity.from', { date: item.from })
  if (item.until) return t('common:validity.until', { date: item.until })
  return t('timeline.undated')
}
