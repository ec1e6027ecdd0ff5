/** A search taken apart: what was asked, what each score is made of, and which article a person calls right. */
import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { post } from '~/api/client'
import type { Found, Hit, SearchMode } from '~/api/types'

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

export type Pair = { query: string; article: string; name: string; positive: string }
const KEY = (collection: string) => `shuzheng.pairs.${collection}`
const heard = new Set<() => void>()
const read = new Map<string, Pair[]>()

function pairsOf(collection: string): Pair[] {
  const known = read.get(collection)
  if (known) return known
  let kept: Pair[] = []
  try {
    kept = JSON.parse(localStorage.getItem(KEY(collection)) ?? '[]') as Pair[]
  } catch {
    // What cannot be read any more is begun anew.
  }
  read.set(collection, kept)
  return kept
}

/** Pairs of question and right article, kept in this browser until they are taken away as a file. */
export function usePairs(collection: string) {
  const pairs = useSyncExternalStore(
    (tell) => {
      heard.add(tell)
      return () => heard.delete(tell)
    },
    () => pairsOf(collection),
  )
  const keep = (next: Pair[]) => {
    read.set(collection, next)
    localStorage.setItem(KEY(collection), JSON.stringify(next))
    for (const tell of heard) tell()
  }
  const has = (query: string, article: string) => pairs.some((pair) => pair.query === query && pair.article === article)
  const toggle = (query: string, hit: Hit) =>
    keep(has(query, hit.article_id) ? pairs.filter((pair) => pair.query !== query || pair.article !== hit.article_id) : [...pairs, { query, article: hit.article_id, name: `${hit.document} ${hit.label}`, positive: hit.text }])
  return { pairs, has, toggle, clear: () => keep([]) }
}

/** Training pairs as `models train-embedding --pairs` reads them: one JSON object a line. */
export const pairLines = (pairs: Pair[]) => pairs.map(({ query, positive }) => `${JSON.stringify({ query, positive })}\n`).join('')
