/** Two texts of a law side by side: what was changed, word by word, walked by keys, printed or taken away. */
import { DownOutlined, DownloadOutlined, PrinterOutlined, UpOutlined } from '@ant-design/icons'
import { Button, Empty, Select, Skeleton, Switch } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams, useSearchParams } from 'react-router'
import type { Difference, DiffKind, DocumentFull } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { dateTime } from '~/components/time'
import { useKeys } from '~/components/useKeys'
import { useMedia } from '~/components/useMedia'
import { saveFile } from '~/features/ask/takeAway'
import { DiffRow } from '~/features/difference/DiffRow'
import { csv, sidePieces, useDifference } from '~/features/difference/difference'
import { useDocument } from '~/features/knowledge/knowledge'
import '~/features/difference/difference.css'

const CHANGES: DiffKind[] = ['changed', 'added', 'removed']

export function Component() {
  const { document: id = '' } = useParams()
  const [params] = useSearchParams()
  const found = useDocument(id)
  const sides = { from: params.get('from'), to: params.get('to'), other: params.get('other') }
  const difference = useDifference(id, sides)
  if (found.isPending) return <div className="page"><Skeleton active /></div>
  if (found.isError) return <div className="page page-narrow"><ErrorCard error={found.error} onRetry={() => void found.refetch()} /></div>
  return (
    <div className="page difference">
      <Head document={found.data} difference={difference.data} other={sides.other !== null} />
      {difference.isPending && <div className="panel panel-pad"><Skeleton active paragraph={{ rows: 10 }} /></div>}
      {difference.isError && <ErrorCard error={difference.error} onRetry={() => void difference.refetch()} />}
      {difference.data && <Rows key={`${difference.data.from.id}-${difference.data.to.id}`} difference={difference.data} title={found.data.title} />}
    </div>
  )
}

function Head({ document, difference, other }: { document: DocumentFull; difference: Difference | undefined; other: boolean }) {
  const { t } = useTranslation('difference')
  const [, setParams] = useSearchParams()
  const options = document.versions.map((one) => ({ value: one.id, label: t(one.current ? 'version.current' : 'version.old', { n: one.number, at: dateTime(one.imported_at) }) }))
  const choose = (side: 'from' | 'to', id: string) =>
    setParams((old) => {
      if (difference) {
        old.set('from', difference.from.id)
        old.set('to', difference.to.id)
      }
      old.set(side, id)
      return old
    }, { replace: true })
  return (
    <PageHead
      crumbs={<Link to={`/documents/${document.id}`}>{document.title}</Link>}
      title={t('title')}
      note={t('note')}
      actions={
        !other && difference && options.length > 1 && (
          <span className="difference-versions">
            <Select value={difference.from.id} options={options} onChange={(id) => choose('from', id)} aria-label={t('from')} popupMatchSelectWidth={false} />
            <span aria-hidden="true">→</span>
            <Select value={difference.to.id} options={options} onChange={(id) => choose('to', id)} aria-label={t('to')} popupMatchSelectWidth={false} />
          </span>
        )
      }
    />
  )
}

function Rows({ difference, title }: { difference: Difference; title: string }) {
  const { t } = useTranslation('difference')
  const { counts, items } = difference
  const wide = useMedia('(min-width: 760px), print')
  const changes = counts.changed + counts.added + counts.removed
  const [only, setOnly] = useState(changes > 0)
  const [kinds, setKinds] = useState<DiffKind[]>([])
  const [place, setPlace] = useState(-1)
  const box = useRef<HTMLDivElement>(null)
  const shown = items.filter((item) => (kinds.length > 0 ? kinds.includes(item.kind) : !only || item.kind !== 'same'))
  const stops = shown.filter((item) => item.kind !== 'same')
  const go = (by: number) => {
    if (stops.length === 0) return
    const next = (place + by + stops.length) % stops.length
    setPlace(next)
    const row = box.current?.querySelectorAll('[data-change]')[next]
    row?.scrollIntoView({ block: 'center' })
  }
  useKeys({ j: () => go(1), n: () => go(1), k: () => go(place < 0 ? 0 : -1), p: () => go(place < 0 ? 0 : -1), o: () => setOnly((old) => !old) })
  const toggle = (kind: DiffKind) => {
    setPlace(-1)
    setKinds((old) => (old.includes(kind) ? old.filter((one) => one !== kind) : [...old, kind]))
  }
  const save = () => {
    const head = [t('column.kind'), t('column.label'), t('column.before'), t('column.after')]
    const text = (item: (typeof items)[number], side: 'left' | 'right') => sidePieces(item, side).map((one) => one.text).join('')
    const body = items.filter((item) => !only || item.kind !== 'same').map((item) => [t(`kind.${item.kind}`), item.label, text(item, 'left'), text(item, 'right')])
    saveFile(`${title}.csv`, csv([head, ...body]), 'text/csv;charset=utf-8')
  }
  let stop = -1
  return (
    <div className="panel" data-testid="difference">
      <div className="toolbar difference-bar">
        <span className="difference-counts" role="group" aria-label={t('counts')}>
          {CHANGES.map((kind) => (
            <button key={kind} type="button" className={`count ${kind}`} aria-pressed={kinds.includes(kind)} disabled={counts[kind] === 0} onClick={() => toggle(kind)} data-testid={`count-${kind}`}>
              {t(`kind.${kind}`)} <b>{counts[kind]}</b>
            </button>
          ))}
          <span className="muted">{t('kind.same')} {counts.same}</span>
        </span>
        <label className="switch-label"><Switch size="small" checked={only} disabled={kinds.length > 0} onChange={setOnly} data-testid="only-changes" /> {t('only')}</label>
        <span className="difference-walk">
          <Button size="small" icon={<UpOutlined />} disabled={stops.length === 0} onClick={() => go(place < 0 ? 0 : -1)} aria-label={t('previous')} title={`${t('previous')} (k)`} />
          <span role="status" data-testid="place">{stops.length === 0 ? t('none') : place < 0 ? t('total', { all: stops.length }) : t('place', { n: place + 1, all: stops.length })}</span>
          <Button size="small" icon={<DownOutlined />} disabled={stops.length === 0} onClick={() => go(1)} aria-label={t('next')} title={`${t('next')} (j)`} data-testid="next-change" />
        </span>
        <Button size="small" icon={<PrinterOutlined />} onClick={() => window.print()}>{t('print')}</Button>
        <Button size="small" icon={<DownloadOutlined />} onClick={save} data-testid="save-difference">{t('save')}</Button>
      </div>
      {changes === 0 && <p className="difference-same" role="status">{t('same')}</p>}
      {shown.length === 0 && changes > 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('nothing')} />}
      <div className={`diff-rows${wide ? ' wide' : ''}`} ref={box}>
        {wide && shown.length > 0 && (
          <div className="diff-titles">
            <span>{t('side', { n: difference.from.number, title: difference.from.title ?? title, at: dateTime(difference.from.imported_at) })}</span>
            <span>{t('side', { n: difference.to.number, title: difference.to.title ?? title, at: dateTime(difference.to.imported_at) })}</span>
          </div>
        )}
        {shown.map((item, at) => {
          if (item.kind !== 'same') stop += 1
          return <DiffRow key={`${item.left?.article_id}-${item.right?.article_id}`} item={item} path={item.path.join(' › ') === shown[at - 1]?.path.join(' › ') ? '' : item.path.join(' › ')} wide={wide} here={item.kind !== 'same' && stop === place} />
        })}
      </div>
    </div>
  )
}
