/** A search taken apart: what was asked, what each score is made of, and which article a person calls right. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { get, post } from '~/api/client'
import type { Found, Hit, SearchMode, TrainingPair } from '~/api/types'

export type Probe = { query: string; asOf: string | null; region: string | null; mode: SearchMode; top: number }

export const useProbe = (collection: string, probe: Probe | null) =>
  useQuery({
    queryKey: ['probe', collection, probe],
    queryFn: () =>
      post<Found>('/search', {
        collection,
        query: probe?.query,
        top: probe?.top,
        explain: true,
        ...(probe?.asOf ? { as_of: probe.asOf } : {}),
        ...(probe?.region ? { region: probe.region } : {}),
        ...(probe?.mode === 'words_only' ? { mode: probe.mode } : {}),
      }),
    enabled: probe !== null && probe.query !== '',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })

export type Part = { name: string; value: number }

/** The parts of a score, the largest first; `total` is the score itself. */
export function parts(hit: Hit): Part[] {
  return Object.entries(hit.parts ?? {})
    .filter(([name, value]) => name !== 'total' && typeof value === 'number' && Math.abs(value) > 1e-6)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
}

/** How far the bars of a list reach to both sides of zero. */
export function reach(hits: Hit[]): { up: number; down: number } {
  const sums = hits.map((hit) => parts(hit).reduce((sum, one) => (one.value > 0 ? { ...sum, up: sum.up + one.value } : { ...sum, down: sum.down - one.value }), { up: 0, down: 0 }))
  return { up: Math.max(1e-9, ...sums.map((one) => one.up)), down: Math.max(0, ...sums.map((one) => one.down)) }
}

/** Where an article of one list stands in the other: how many places higher here, or null when it is not there. */
export function moved(hit: Hit, rank: number, other: Hit[]): number | null {
  const at = other.findIndex((one) => one.article_id === hit.article_id)
  return at < 0 ? null : at + 1 - rank
}

/** The words of a question that are worth marking in a text. */
export function keyWords(query: string): string[] {
  const segments = new Intl.Segmenter('zh', { granularity: 'word' }).segment(query)
  return [...new Set(Array.from(segments, (part) => part.segment).filter((word) => [...word].length > 1))]
}

export function markWords(text: string, words: string[]): { text: string; found: boolean }[] {
  if (words.length === 0) return [{ text, found: false }]
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'g')
  return text.split(pattern).map((piece, at) => ({ text: piece, found: at % 2 === 1 })).filter((piece) => piece.text !== '')
}

const pairsPath = (collection: string) => `/collections/${encodeURIComponent(collection)}/pairs`

/** Which article answers which question, kept with the collection: what a model of its own learns from. Who may not mark sees no marks. */
export function usePairs(collection: string) {
  const queries = useQueryClient()
  const key = ['pairs', collection]
  const known = useQuery({ queryKey: key, queryFn: ({ signal }) => get<{ items: TrainingPair[] }>(pairsPath(collection), signal), retry: false })
  const pairs = known.data?.items ?? []
  // The server keeps a question without personal data; what was marked in this sitting is known by its own words too.
  const [own, setOwn] = useState<ReadonlyMap<string, boolean>>(new Map())
  const name = (query: string, article: string) => `${article} ${query}`
  const has = (query: string, article: string) => own.get(name(query, article)) ?? pairs.some((pair) => pair.query === query && pair.article_id === article)
  const change = useMutation({
    mutationFn: ({ query, article, is }: { query: string; article: string; is: boolean }) => post<void>(pairsPath(collection), { query, article_id: article, is_answer: is }),
    onMutate: ({ query, article, is }) => setOwn((before) => new Map(before).set(name(query, article), is)),
    onError: (_, { query, article, is }) => setOwn((before) => new Map(before).set(name(query, article), !is)),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
  const toggle = (query: string, hit: Hit) => change.mutate({ query, article: hit.article_id, is: !has(query, hit.article_id) })
  return { pairs, has, toggle, may: known.isSuccess, error: change.error }
}

/** Training pairs as `models train-embedding --pairs` reads them: one JSON object a line. */
export const pairLines = (pairs: Pick<TrainingPair, 'query' | 'positive'>[]) => pairs.map(({ query, positive }) => `${JSON.stringify({ query, positive })}\n`).join('')
