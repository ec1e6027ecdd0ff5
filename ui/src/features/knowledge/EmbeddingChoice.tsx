/** Which model makes a collection's vectors: the built-in one, or an endpoint of the configuration. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { put } from '~/api/client'
import type { Collection } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { useEmbeddings } from './knowledge'

/** The names a select offers; the built-in model is the empty value. */
export function useEmbeddingNames(named: string | null) {
  const { t } = useTranslation('knowledge')
  const endpoints = useEmbeddings().data ?? []
  const options = [{ value: '', label: t('embedding.own') }, ...endpoints.map((one) => ({ value: one.id, label: `${one.name}（${one.model}）${one.is_up ? '' : ` · ${t('embedding.down')}`}` }))]
  // A collection may name an endpoint that the configuration has no more.
  if (named && !endpoints.some((one) => one.id === named)) options.push({ value: named, label: `${named} · ${t('embedding.gone')}` })
  return { options, isThere: options.length > 1, isDown: endpoints.some((one) => one.id === named && !one.is_up) }
}

export function EmbeddingChoice({ collection, may }: { collection: Collection; may: boolean }) {
  const { t } = useTranslation('knowledge')
  const queries = useQueryClient()
  const { options, isThere, isDown } = useEmbeddingNames(collection.embedding)
  const change = useMutation({
    mutationFn: (value: string) => put<Collection>(`/collections/${encodeURIComponent(collection.id)}/embedding`, { embedding: value || null }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['collection', collection.id] }),
  })
  if (!isThere) return null
  const current = options.find((one) => one.value === (collection.embedding ?? ''))
  return (
    <section className="panel panel-pad embedding" data-testid="embedding">
      <h2>{t('embedding.title')}</h2>
      {may ? <Select value={collection.embedding ?? ''} options={options} loading={change.isPending} onChange={(value) => change.mutate(value)} aria-label={t('embedding.title')} style={{ width: '100%', maxWidth: 420 }} data-testid="embedding-select" /> : <p>{current?.label}</p>}
      <p className="muted">{t(isDown ? 'embedding.isDown' : 'embedding.note')}</p>
      {change.isError && <ErrorCard error={change.error} />}
    </section>
  )
}
