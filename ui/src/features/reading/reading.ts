/** What stands around a text: its time line, what cites it, what it contradicts. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { get, query } from '~/api/client'
import type { Conflict, Mention, Page, Timeline, TimelineItem } from '~/api/types'

export const useTimeline = (document: string) =>
  useQuery({ queryKey: ['timeline', document], queryFn: ({ signal }) => get<Timeline>(`/documents/${encodeURIComponent(document)}/timeline`, signal), staleTime: 60_000, retry: false })

export function useMentions(article: string, side: 'cites' | 'cited_by') {
  return useInfiniteQuery({
    queryKey: [side, article],
    queryFn: ({ pageParam, signal }) => get<Page<Mention>>(`/articles/${encodeURIComponent(article)}/${side}${query({ after: pageParam })}`, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 300_000,
    retry: false,
  })
}

export const useConflicts = (article: string) =>
  useQuery({ queryKey: ['conflicts', article], queryFn: ({ signal }) => get<{ items: Conflict[] }>(`/articles/${encodeURIComponent(article)}/conflicts`, signal), select: (page) => page.items, staleTime: 300_000, retry: false })

/** The item whose text applies on a day: the last one that has begun and not ended. */
export function onDay(items: TimelineItem[], day: string): TimelineItem | null {
  const fits = items.filter((one) => (one.from ?? '') <= day && (one.until === null || day <= one.until) && one.from !== null)
  return fits.sort((a, b) => (a.from ?? '').localeCompare(b.from ?? '')).at(-1) ?? null
}

export type Segment = { item: TimelineItem; left: number; width: number; open: boolean }
export type Picture = { segments: Segment[]; ticks: { at: number; label: string }[]; place: (day: string) => number }

const DAY = 86_400_000
const time = (day: string) => new Date(`${day}T00:00:00Z`).getTime()

/** Places every item between 0 and 1 of a line that spans all of them and today. */
export function picture(items: TimelineItem[], today: string): Picture {
  const dated = items.filter((one) => one.from !== null || one.until !== null)
  const days = dated.flatMap((one) => [one.from, one.until]).filter((day): day is string => day !== null && day < '2200').map(time)
  const first = Math.min(...days, time(today))
  const last = Math.max(...days, time(today))
  const pad = Math.max((last - first) * 0.06, 180 * DAY)
  const [start, end] = [first - pad, last + pad]
  const place = (day: string) => Math.min(1, Math.max(0, (time(day) - start) / (end - start)))
  const ordered = [...dated].sort((a, b) => (a.from ?? '').localeCompare(b.from ?? ''))
  const segments = ordered.map((item, at): Segment => {
    const left = item.from ? place(item.from) : 0
    // A text without an end is drawn up to the next one.
    const next = ordered[at + 1]?.from
    const right = item.until ? place(item.until) : next ? place(next) : 1
    return { item, left, width: Math.max(right - left, 0.004), open: item.until === null }
  })
  return { segments, ticks: years(start, end).map((year) => ({ at: place(`${year}-01-01`), label: String(year) })), place }
}

/** At most eight round years between two times. */
function years(start: number, end: number): number[] {
  const [a, b] = [new Date(start).getUTCFullYear() + 1, new Date(end).getUTCFullYear()]
  const step = [1, 2, 5, 10, 20, 50].find((one) => (b - a) / one <= 7) ?? 100
  const out = []
  for (let year = Math.ceil(a / step) * step; year <= b; year += step) out.push(year)
  return out
}

