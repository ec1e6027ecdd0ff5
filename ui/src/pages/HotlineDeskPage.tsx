/** The operator's desk: what rings, and the work orders in five columns. */
import { App, Button, Empty, Skeleton, Tabs } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { describe, ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { ago } from '~/components/time'
import { useKeys } from '~/components/useKeys'
import { useMedia } from '~/components/useMedia'
import { beginCall, SHELVES, takeCall, useCalls, useOrders, useShelves } from '~/features/hotline/hotline'
import { OrderCard, Urgency } from '~/features/hotline/parts'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/hotline/hotline.css'

type Shelf = (typeof SHELVES)[number]

export function Component() {
  const { t } = useTranslation('hotline')
  const { message } = App.useApp()
  const go = useNavigate()
  const user = useUser()
  const takes = may(user, /^hotline\.take$/)
  const counts = useShelves()
  const wide = useMedia('(min-width: 1200px)')
  const [shelf, setShelf] = useState<Shelf>('received')
  const act = async (work: () => Promise<{ id: string }>) => {
    try {
      const call = await work()
      void go(`/hotline/calls/${call.id}`)
    } catch (error) {
      const told = describe(error, t)
      void message.error(`${told.title} ${told.next}`)
    }
  }
  useKeys({
    n: () => takes && void act(beginCall),
    l: () => void go('/hotline/list'),
    h: () => void go('/hotline/hot'),
    ...Object.fromEntries(SHELVES.map((one, at) => [String(at + 1), () => setShelf(one)])),
  })
  const label = (one: Shelf) => {
    const found = counts.data?.items.find((row) => row.shelf === one)
    return (
      <span className="hotline-shelf" data-testid={`shelf-${one}`}>
        {t(`shelf.${one}`)} <b>{found?.count ?? '…'}</b>
        {found && found.overdue > 0 && one !== 'history' && <span className="badge red">{t('overdue', { n: found.overdue })}</span>}
      </span>
    )
  }
  const column = (one: Shelf) => <Column shelf={one} takes={takes} onTake={(id) => void act(() => takeCall(id))} />
  return (
    <div className="page hotline-page">
      <PageHead title={t('title')} note={t('note')} actions={
        <>
          <Link to="/hotline/list" className="plain-button">{t('list.title')} <kbd>L</kbd></Link>
          <Link to="/hotline/hot" className="plain-button">{t('hot.title')} <kbd>H</kbd></Link>
          {takes && <Button type="primary" onClick={() => void act(beginCall)} data-testid="new-call">{t('call.begin')} <kbd>N</kbd></Button>}
        </>
      } />
      {counts.isError && <ErrorCard error={counts.error} onRetry={() => void counts.refetch()} />}
      {wide ? (
        <div className="hotline-columns">
          {SHELVES.map((one) => <section key={one} aria-label={t(`shelf.${one}`)}><h2>{label(one)}</h2>{column(one)}</section>)}
        </div>
      ) : (
        <Tabs activeKey={shelf} onChange={(key) => setShelf(key as Shelf)} items={SHELVES.map((one) => ({ key: one, label: label(one), children: column(one) }))} />
      )}
    </div>
  )
}

function Column({ shelf, takes, onTake }: { shelf: Shelf; takes: boolean; onTake: (id: string) => void }) {
  const { t } = useTranslation('hotline')
  const orders = useOrders({ shelf, limit: 20 })
  const calls = useCalls(takes && (shelf === 'received' || shelf === 'handling'))
  const state = shelf === 'received' ? 'waiting' : 'live'
  const ringing = shelf === 'received' || shelf === 'handling' ? (calls.data?.items.filter((call) => call.state === state && !call.order_id) ?? []) : []
  if (orders.isError) return <ErrorCard error={orders.error} onRetry={() => void orders.refetch()} />
  if (orders.isPending) return <Skeleton active />
  return (
    <div className="hotline-cards">
      {ringing.map((call) => (
        <div key={call.id} className="hotline-card call" data-testid="call-card">
          <span className="hotline-card-head"><span>{call.phone ?? t('unknown')}</span><Urgency value={call.urgency} /></span>
          <span className="hotline-card-foot"><span>{t(`callState.${call.state}`)} · {ago(call.started_at)}</span>
            {state === 'waiting' ? <Button size="small" type="primary" onClick={() => onTake(call.id)} data-testid="take-call">{t('call.take')}</Button> : <Link to={`/hotline/calls/${call.id}`}>{t('call.goOn')}</Link>}
          </span>
        </div>
      ))}
      {orders.data.items.map((order) => <OrderCard key={order.id} order={order} />)}
      {orders.data.items.length === 0 && ringing.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('shelf.empty')} />}
      {orders.data.next && <Link to={`/hotline/list?shelf=${shelf}`}>{t('list.all', { n: orders.data.total })}</Link>}
    </div>
  )
}
