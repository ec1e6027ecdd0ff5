/** The retrieval test: what a question finds, why it stands where it stands, and what was kept out; two questions or two days side by side. */
import { DownloadOutlined, SearchOutlined } from '@ant-design/icons'
import { Button, DatePicker, Input, InputNumber, Segmented, Switch } from 'antd'
import dayjs from 'dayjs'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { SearchMode } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { useKeys } from '~/components/useKeys'
import { saveFile } from '~/features/ask/takeAway'
import { FoundColumn } from './FoundColumn'
import { pairLines, type Probe, usePairs, useProbe } from './retrieval'
import { resultsTable } from './resultsTable'
import './retrieval.css'

type Side = { query: string; asOf: string | null }
type Fields = { a: Side; b: Side; compare: boolean; region: string; mode: SearchMode; top: number }

function fromUrl(params: URLSearchParams): Fields {
  const side = (suffix: string): Side => ({ query: params.get(`q${suffix}`) ?? '', asOf: params.get(`as_of${suffix}`) })
  return { a: side(''), b: side('2'), compare: params.has('q2'), region: params.get('region') ?? '', mode: params.get('mode') === 'words_only' ? 'words_only' : 'hybrid', top: Number(params.get('top')) || 10 }
}

export function RetrievalBench({ collection }: { collection: string }) {
  const { t } = useTranslation('retrieval')
  const [params, setParams] = useSearchParams()
  const asked = fromUrl(params)
  const [fields, setFields] = useState(asked)
  const url = params.toString()
  useEffect(() => setFields(fromUrl(new URLSearchParams(url))), [url])
  const probe = (side: Side): Probe | null => (side.query ? { ...side, region: asked.region || null, mode: asked.mode, top: asked.top } : null)
  const probes = { a: probe(asked.a), b: asked.compare ? probe(asked.b) : null }
  const a = useProbe(collection, probes.a)
  const b = useProbe(collection, probes.b)
  const marks = usePairs(collection)
  const box = useRef<HTMLDivElement>(null)
  const badRegion = fields.region !== '' && !/^\d{6}$/.test(fields.region)

  const run = (event: FormEvent) => {
    event.preventDefault()
    if (fields.a.query.trim() === '' || badRegion) return
    const second = fields.b.query.trim() || fields.a.query.trim()
    const next = new URLSearchParams({ tab: 'search', q: fields.a.query.trim() })
    const put = (key: string, value: string | null) => value && next.set(key, value)
    put('as_of', fields.a.asOf)
    if (fields.compare) {
      put('q2', second)
      put('as_of2', fields.b.asOf)
    }
    put('region', fields.region)
    if (fields.mode === 'words_only') put('mode', fields.mode)
    if (fields.top !== 10) put('top', String(fields.top))
    if (next.toString() === url) {
      void a.refetch()
      if (fields.compare) void b.refetch()
    } else setParams(next)
  }
  const walk = (by: number) => {
    const cards = [...(box.current?.querySelectorAll<HTMLElement>('[data-hit]') ?? [])]
    const at = cards.findIndex((card) => card.contains(document.activeElement))
    cards[Math.min(Math.max(at + by, 0), cards.length - 1)]?.focus()
  }
  useKeys({
    '/': () => box.current?.querySelector<HTMLElement>('input')?.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    m: () => document.activeElement?.closest('[data-hit]')?.querySelector<HTMLElement>('[data-mark]')?.click(),
  })
  const saveResults = () => {
    const columns = [[probes.a, a.data] as const, [probes.b, b.data] as const].flatMap(([one, found]) => (one && found ? [{ probe: one, found }] : []))
    saveFile(`${t('file.results')}.csv`, resultsTable(columns, t), 'text/csv;charset=utf-8')
  }
  const sideFields = (key: 'a' | 'b') => (
    <div className="probe-line">
      {fields.compare && <span className="probe-name">{key.toUpperCase()}</span>}
      <Input
        allowClear
        prefix={<SearchOutlined />}
        value={fields[key].query}
        maxLength={1000}
        onChange={(event) => setFields({ ...fields, [key]: { ...fields[key], query: event.target.value } })}
        placeholder={t(key === 'a' ? 'query' : 'query2')}
        aria-label={t(key === 'a' ? 'query' : 'query2')}
        data-testid={key === 'a' ? 'search-query' : 'search-query-2'}
      />
      <DatePicker
        value={fields[key].asOf ? dayjs(fields[key].asOf) : null}
        onChange={(day) => setFields({ ...fields, [key]: { ...fields[key], asOf: day ? day.format('YYYY-MM-DD') : null } })}
        placeholder={t('today')}
        aria-label={t('asOf')}
      />
    </div>
  )
  return (
    <div className="bench" ref={box} data-testid="bench">
      <form className="panel panel-pad probe" onSubmit={run}>
        {sideFields('a')}
        {fields.compare && sideFields('b')}
        <div className="probe-more">
          <label>{t('mode.label')} <Segmented<SearchMode> size="small" value={fields.mode} onChange={(mode) => setFields({ ...fields, mode })} options={(['hybrid', 'words_only'] as const).map((value) => ({ value, label: t(`mode.${value}`) }))} /></label>
          <label>{t('region')} <Input size="small" value={fields.region} status={badRegion ? 'error' : ''} inputMode="numeric" maxLength={6} placeholder={t('allRegions')} onChange={(event) => setFields({ ...fields, region: event.target.value })} style={{ width: 96 }} /></label>
          <label>{t('top')} <InputNumber size="small" min={1} max={50} value={fields.top} onChange={(top) => setFields({ ...fields, top: top ?? 10 })} style={{ width: 64 }} /></label>
          <label className="probe-compare"><Switch size="small" checked={fields.compare} onChange={(compare) => setFields({ ...fields, compare, b: fields.b.query ? fields.b : { ...fields.a } })} data-testid="compare" /> {t('compare')}</label>
          <Button type="primary" htmlType="submit" loading={a.isFetching || b.isFetching} data-testid="search-submit">{t('run')}</Button>
        </div>
        {badRegion && <p className="probe-error" role="alert">{t('badRegion')}</p>}
      </form>
      {(a.data || marks.pairs.length > 0) && (
        <div className="bench-take">
          {a.data && <Button size="small" icon={<DownloadOutlined />} onClick={saveResults} data-testid="save-results">{t('save.results')}</Button>}
          {marks.pairs.length > 0 && (
            <>
              <Button size="small" icon={<DownloadOutlined />} onClick={() => saveFile(`${collection}-pairs.jsonl`, pairLines(marks.pairs), 'application/x-ndjson')} data-testid="save-pairs">{t('save.pairs', { n: marks.pairs.length })}</Button>
              <span className="muted">{t('save.note')}</span>
            </>
          )}
          <span className="muted bench-keys">{t('keys')}</span>
        </div>
      )}
      {marks.error != null && <ErrorCard error={marks.error} />}
      {!probes.a && <div className="panel panel-pad bench-empty">{t('empty')}</div>}
      <div className={`bench-columns${probes.b ? ' two' : ''}`}>
        {probes.a && <FoundColumn name={probes.b ? 'A' : null} probe={probes.a} state={a} other={probes.b ? b.data : undefined} marks={marks} />}
        {probes.b && <FoundColumn name="B" probe={probes.b} state={b} other={a.data} marks={marks} />}
      </div>
    </div>
  )
}
