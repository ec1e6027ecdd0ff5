/** The state of protection: a tile for each stage, what waits for an officer, and the events behind the numbers. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Segmented, Skeleton } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post, query } from '~/api/client'
import type { Page, SecurityEvent, SecurityOverview, Stage, StageTile } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { Pager } from '~/components/Pager'
import { dateTime } from '~/components/time'
import { useCursor } from '~/components/useCursor'
import { ReasonDialog } from './ReasonDialog'

const OUTCOMES: Record<string, string> = { blocked: 'red', held: 'amber', observed: 'blue', limited: 'amber' }

export function OverviewPanel({ manages, onPlace }: { manages: boolean; onPlace: (tab: string) => void }) {
  const { t } = useTranslation('protect')
  const [days, setDays] = useState(1)
  const [stage, setStage] = useState<Stage | null>(null)
  const state = useQuery({ queryKey: ['security', days], queryFn: ({ signal }) => get<SecurityOverview>(`/security?days=${days}`, signal), refetchInterval: 15_000 })
  if (state.isPending) return <Skeleton active />
  if (state.isError) return <ErrorCard error={state.error} onRetry={() => void state.refetch()} />
  const { stages, suspended, open_incidents: open, overdue_incidents: overdue, pending_places: places, running, waiting, turned_away: away } = state.data
  return (
    <div className="stack" data-testid="overview">
      <div className="testbox-head">
        <Segmented value={days} onChange={setDays} options={[1, 7, 30].map((value) => ({ value, label: t('days', { n: value }) }))} />
        <span className="muted">{t('gate', { running, waiting, away })}</span>
      </div>
      <div className="stage-tiles">
        {stages.map((one) => <StageCard key={one.stage} tile={one} on={stage === one.stage} onOpen={() => setStage(stage === one.stage ? null : one.stage)} />)}
      </div>
      <div className="stage-tiles">
        <Waits name="incidents" n={open} bad={overdue > 0} note={t('wait.overdue', { n: overdue })} onOpen={() => onPlace('incidents')} />
        <Waits name="suspended" n={suspended} bad={suspended > 0} note={t('wait.suspendedNote')} onOpen={() => onPlace('incidents')} />
        <Waits name="places" n={places} bad={places > 0} note={t('wait.placesNote')} onOpen={() => onPlace('places')} />
      </div>
      <Events key={stage ?? 'all'} stage={stage} manages={manages} />
    </div>
  )
}

function StageCard({ tile, on, onOpen }: { tile: StageTile; on: boolean; onOpen: () => void }) {
  const { t } = useTranslation('protect')
  const tone = tile.blocked > 0 ? 'bad' : tile.held + tile.limited > 0 ? 'warn' : 'good'
  return (
    <button type="button" className={`panel stage-tile ${tone}${on ? ' on' : ''}`} aria-pressed={on} onClick={onOpen} data-testid={`stage-${tile.stage}`}>
      <span className="stage-name">{t(`stage.${tile.stage}`)}</span>
      <span className="stage-value">{(tile.blocked + tile.held + tile.limited).toLocaleString()}</span>
      <span className="stage-note">{t('counts', { blocked: tile.blocked, held: tile.held, observed: tile.observed, limited: tile.limited })}</span>
      {tile.rules[0] && <span className="stage-note mono">{tile.rules[0].rule} × {tile.rules[0].count}</span>}
    </button>
  )
}

function Waits({ name, n, bad, note, onOpen }: { name: string; n: number; bad: boolean; note: string; onOpen: () => void }) {
  const { t } = useTranslation('protect')
  return (
    <button type="button" className={`panel stage-tile ${bad ? 'warn' : 'good'}`} onClick={onOpen} data-testid={`wait-${name}`}>
      <span className="stage-name">{t(`wait.${name}`)}</span>
      <span className="stage-value">{n}</span>
      <span className="stage-note">{note}</span>
    </button>
  )
}

function Events({ stage, manages }: { stage: Stage | null; manages: boolean }) {
  const { t } = useTranslation(['protect', 'security', 'fence'])
  const [outcome, setOutcome] = useState('')
  const { after, page, forward, back } = useCursor(`${stage}${outcome}`)
  const [marked, setMarked] = useState<SecurityEvent | null>(null)
  const queries = useQueryClient()
  const list = useQuery({ queryKey: ['security', 'events', stage, outcome, after], queryFn: ({ signal }) => get<Page<SecurityEvent>>(`/security/events${query({ stage, outcome, after, limit: 20 })}`, signal) })
  const mark = useMutation({
    mutationFn: (note: string) => post(`/security/events/${marked?.id}/mark`, { false_alarm: !marked?.false_alarm, note }),
    onSuccess: () => {
      setMarked(null)
      void queries.invalidateQueries({ queryKey: ['security'] })
    },
  })
  const about = (event: SecurityEvent) => t(`security:category.${event.category}`, { defaultValue: t(`fence:zone.${event.category}`, { defaultValue: event.category }) })
  return (
    <section className="panel panel-pad" aria-label={t('events.title')} data-testid="events">
      <header className="testbox-head">
        <h2>{stage ? t('events.of', { stage: t(`stage.${stage}`) }) : t('events.title')}</h2>
        <Segmented size="small" value={outcome} onChange={setOutcome} options={['', 'blocked', 'held', 'limited', 'observed'].map((value) => ({ value, label: t(value === '' ? 'events.all' : `outcome.${value}`) }))} />
      </header>
      {list.isPending && <Skeleton active />}
      {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.items.length === 0 && <p className="muted" role="status">{t('events.none')}</p>}
      {list.data && list.data.items.length > 0 && (
        <ul className="rows">
          {list.data.items.map((event) => (
            <li key={event.id} data-testid="event">
              <span className={`badge ${OUTCOMES[event.outcome] ?? ''}`}>{t(`outcome.${event.outcome}`, { defaultValue: event.outcome })}</span>
              <div>
                <p><strong>{about(event)}</strong> <code>{event.rule}</code>{event.count > 1 && <span className="badge">× {event.count}</span>} {event.false_alarm && <span className="badge green">{t('events.false')}</span>}</p>
                <p className="muted">{dateTime(event.at)} · {t(`stage.${event.stage}`)} · <span className="mono">{event.caller}</span>{event.subject && <> · <span className="mono">{event.subject}</span></>}{event.note && ` · ${event.note}`}</p>
              </div>
              {manages && (event.stage === 'input' || event.stage === 'output') && <Button size="small" type="link" onClick={() => setMarked(event)} data-testid="mark">{t(event.false_alarm ? 'events.unmark' : 'events.mark')}</Button>}
            </li>
          ))}
        </ul>
      )}
      <Pager page={page} next={list.data?.next} busy={list.isFetching} onForward={forward} onBack={back} />
      <ReasonDialog title={t(marked?.false_alarm ? 'events.unmark' : 'events.mark')} open={marked !== null} busy={mark.isPending} error={mark.error} onCancel={() => setMarked(null)} onDone={(note) => mark.mutate(note)} />
    </section>
  )
}
