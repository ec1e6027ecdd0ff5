/** The review queue and one review, from the server. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post, query } from '~/api/client'
import type { BatchLine, Decision, Page, Review, ReviewRow, Run } from '~/api/types'

export type Shelf = 'tasks' | 'pending' | 'submitted' | 'exceptions' | 'decided'

export function useReviewList(shelf: Shelf) {
  return useInfiniteQuery({
    queryKey: ['reviews', shelf],
    queryFn: ({ pageParam, signal }) => get<Page<ReviewRow>>(`/reviews${query({ state: shelf, after: pageParam })}`, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 5_000,
  })
}

export function useReview(id: string) {
  return useQuery({ queryKey: ['review', id], queryFn: ({ signal }) => get<Review>(`/reviews/${encodeURIComponent(id)}`, signal) })
}

type Ruled = { id: string; state: string; run: Run | null }

/** Takes an item, or puts it back. */
export function useClaim(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (take: boolean) => post(`/reviews/${encodeURIComponent(id)}/${take ? 'claim' : 'release'}`),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['reviews'] }), queries.invalidateQueries({ queryKey: ['review', id] })]),
  })
}

export function useDecide(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ decision, ...said }: Decision & { seen?: string }) => {
      const path = `/reviews/${encodeURIComponent(id)}`
      const { teach, ...plain } = said
      if (decision === 'return') return post<Ruled>(`${path}/return`, { reason: plain.reason ?? '', seen: plain.seen })
      if (decision === 'countersign') return post<Ruled>(`${path}/countersign`, plain)
      return post<Ruled>(`${path}/decision`, { decision, ...plain, ...(teach ? { teach } : {}) })
    },
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['reviews'] }), queries.invalidateQueries({ queryKey: ['review', id] })]),
  })
}

export type BatchDecision = 'approve' | 'reject' | 'return'
type Batch = { decision: BatchDecision; reason?: string; items: { id: string; seen?: string }[] }

/** Decides on several items of one kind; each gets its own line of what came of it. */
export function useDecideMany() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (batch: Batch) => post<{ items: BatchLine[] }>('/reviews/decisions', batch),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['reviews'] }), queries.invalidateQueries({ queryKey: ['review'] })]),
  })
}

/** Whether reviewers have something to do. */
export const isOpen = (state: string) => state === 'pending' || state.startsWith('countersign')

export const departmentName = (department: unknown): string =>
  typeof department === 'string' ? department : ((department as { name?: string } | null)?.name ?? '')

/** Why an answer waits for a person: a code of the platform or a person's own words. */
export function reasonWords(reason: string, t: (key: string, values?: Record<string, unknown>) => string): string {
  return reason
    .split(/[,;]\s*/)
    .map((part) => {
      if (!/^[a-z_]+(\.[a-z_]+)*$/.test(part)) return part
      const key = part.replaceAll('.', '_')
      const check = t('reviews:because.check', { rule: t(`rule.${key}`, { defaultValue: part }) })
      return t(`because.${key}`, { defaultValue: check })
    })
    .join(' · ')
}
