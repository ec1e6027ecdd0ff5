/** Hot issues: what many call about, how it grows, and where. */
import { Empty, Segmented, Skeleton } from 'antd'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import type { HotlineHot } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { ago } from '~/components/time'
import { Chart } from '~/features/hotline/Chart'
import { useHot } from '~/features/hotline/hotline'
import '~/features/hotline/hotline.css'

export function Component() {
  const { t } = useTranslation('hotline')
  const [days, setDays] = useState(30)
  const hot = useHot(days)
  return (
    <div className="page hotline-page">
      <PageHead title={t('hot.title')} crumbs={<Link to="/hotline">{t('title')}</Link>} note={t('hot.note')} actions={<Segmented value={days} onChange={setDays} options={[7, 30, 90, 365].map((value) => ({ value, label: t('hot.days', { n: value }) }))} />} />
      {hot.isError && <ErrorCard error={hot.error} onRetry={() => void hot.refetch()} />}
      {hot.isPending && <Skeleton active />}
      {hot.data && <Pictures hot={hot.data} />}
    </div>
  )
}

function Pictures({ hot }: { hot: HotlineHot }) {
  const { t } = useTranslation('hotline')
  const go = useNavigate()
  const trend = useMemo(() => ({
    grid: { left: 36, right: 12, top: 16, bottom: 28 },
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'category', data: hot.days.map((one) => one.day.slice(5)) },
    yAxis: { type: 'value', minInterval: 1 },
    series: [{ type: 'line', data: hot.days.map((one) => one.count), areaStyle: { opacity: 0.12 }, color: '#1d4f91', symbolSize: 5 }],
  }), [hot])
  const map = useMemo(() => {
    // The seats of the divisions on a plain grid of longitude and latitude: no tiles from outside.
    const most = Math.max(1, ...hot.regions.map((one) => one.count))
    const shown = hot.regions.filter((one) => !one.region.endsWith('00'))
    return {
      grid: { left: 24, right: 64, top: 24, bottom: 24 },
      tooltip: { formatter: (item: { name: string; value: number[] }) => `${item.name}: ${item.value[2]}` },
      xAxis: { type: 'value', scale: true, show: false },
      yAxis: { type: 'value', scale: true, show: false },
      series: [{
        type: 'scatter',
        data: shown.map((one) => ({ name: one.name, value: [one.longitude, one.latitude, one.count] })),
        symbolSize: (value: number[]) => 8 + 34 * Math.sqrt((value[2] ?? 0) / most),
        itemStyle: { color: '#b3322c', opacity: 0.65 },
        label: { show: true, position: 'right', formatter: '{b}', color: '#51607a', fontSize: 11 },
        labelLayout: { hideOverlap: true, moveOverlap: 'shiftY' },
      }],
    }
  }, [hot])
  const bars = useMemo(() => {
    const top = hot.categories.slice(0, 10).reverse()
    return {
      grid: { left: 110, right: 24, top: 8, bottom: 24 },
      tooltip: {},
      xAxis: { type: 'value', minInterval: 1 },
      yAxis: { type: 'category', data: top.map((one) => one.category.path[2]) },
      series: [{ type: 'bar', data: top.map((one) => one.count), color: '#2a5796' }],
    }
  }, [hot])
  const regionOf = (name: string) => hot.regions.find((one) => one.name === name)?.region
  return (
    <>
      <div className="hotline-pictures">
        <section className="panel"><h2>{t('hot.trend', { n: hot.total })}</h2><Chart option={trend} height={230} label={t('hot.trend', { n: hot.total })} /></section>
        <section className="panel"><h2>{t('hot.map')}</h2><Chart option={map} height={300} label={t('hot.map')} onPick={(name) => void go(`/hotline/list?region=${regionOf(name) ?? ''}`)} /></section>
        <section className="panel"><h2>{t('hot.categories')}</h2>{hot.categories.length > 0 ? <Chart option={bars} height={260} label={t('hot.categories')} /> : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('hot.none')} />}</section>
      </div>
      <section className="panel hotline-issues">
        <h2>{t('hot.issues')}</h2>
        {hot.issues.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('hot.none')} />}
        <ol data-testid="issues">
          {hot.issues.map((issue, at) => (
            <li key={issue.orders[0]}>
              <span className="hotline-rank">{at + 1}</span>
              <div>
                <p><strong>{issue.title}</strong></p>
                <p className="muted">
                  {[issue.category?.path[2], issue.place].filter(Boolean).join(' · ')} · {t('hot.count', { n: issue.count })} · {t('hot.lately', { now: issue.last_week, before: issue.week_before })} · {ago(issue.last_at)}
                </p>
                <p className="hotline-issue-orders">{issue.orders.slice(-6).map((id, n) => <Link key={id} to={`/hotline/orders/${id}`}>{t('hot.order', { n: n + 1 })}</Link>)}</p>
              </div>
              {issue.last_week > issue.week_before ? <span className="badge red">{t('hot.rising')}</span> : <span className="badge">{t('hot.steady')}</span>}
            </li>
          ))}
        </ol>
      </section>
    </>
  )
}
