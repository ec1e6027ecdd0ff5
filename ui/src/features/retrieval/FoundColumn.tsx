/** What one question found: how, how fast, what was kept out, and the ranked articles. */
import type { UseQueryResult } from '@tanstack/react-query'
import { Empty, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Filtered, Found } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { HitCard } from './HitCard'
import { keyWords, moved, type Probe, reach, type usePairs } from './retrieval'

type Props = { name: string | null; probe: Probe; state: UseQueryResult<Found>; other: Found | undefined; marks: ReturnType<typeof usePairs> }

export function FoundColumn({ name, probe, state, other, marks }: Props) {
  const { t } = useTranslation('retrieval')
  if (state.isPending) return <section className="panel panel-pad"><Skeleton active paragraph={{ rows: 8 }} /></section>
  if (state.isError) return <section><ErrorCard error={state.error} onRetry={() => void state.refetch()} /></section>
  const { hits, filtered, took_ms: took, mode, why } = state.data
  // Two lists are drawn on one scale, so that their bars can be compared.
  const scale = reach([...hits, ...(other?.hits ?? [])])
  const words = keyWords(probe.query)
  return (
    <section className="panel found" aria-label={probe.query} data-testid="found">
      <header className="found-head">
        <h2>{name && <span className="probe-name">{name}</span>} {probe.query}</h2>
        <p>
          {[probe.asOf ?? t('today'), t('found', { n: hits.length, ms: Number(took.toFixed(1)) }), state.data.confidence !== undefined ? t('confidence', { n: Math.round(state.data.confidence * 100) }) : ''].filter(Boolean).join(' · ')}
          {mode && <span className={`badge ${mode === 'hybrid' ? 'blue' : 'amber'}`} data-testid="mode">{t(`mode.${mode}`)}</span>}
          {state.data.has_basis === false && <span className="badge amber">{t('noBasis')}</span>}
        </p>
        {mode === 'words_only' && probe.mode !== 'words_only' && <p className="found-words" role="status">{[t('onlyWords'), why ? t(`why.${why}`, { defaultValue: why }) : ''].filter(Boolean).join(' · ')}</p>}
        <FilteredList filtered={filtered ?? []} />
      </header>
      {hits.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('nothing')} />}
      <ol className="hits">
        {hits.map((hit, at) => (
          <HitCard key={hit.article_id} hit={hit} rank={at + 1} scale={scale} words={words} move={other ? moved(hit, at + 1, other.hits) : undefined} marked={marks.has(probe.query, hit.article_id)} onMark={marks.may ? () => marks.toggle(probe.query, hit) : null} />
        ))}
      </ol>
    </section>
  )
}

function FilteredList({ filtered }: { filtered: Filtered[] }) {
  const { t } = useTranslation('retrieval')
  if (filtered.length === 0) return null
  return (
    <div className="filtered" data-testid="filtered">
      {filtered.map((one) => {
        const told = t('filtered', { reason: t(`filter.${one.reason}`, { defaultValue: one.reason }), n: one.count })
        if (!one.examples?.length) return <span key={one.reason} className="badge amber">{told}</span>
        return (
          <details key={one.reason}>
            <summary className="badge amber">{told}</summary>
            <ul>
              {one.examples.map((example, at) => (
                <li key={at}>
                  <Link to={`/documents/${example.document_id}`}>{example.document} {example.label}</Link> <span className="muted">{example.why}</span>
                </li>
              ))}
            </ul>
          </details>
        )
      })}
    </div>
  )
}
