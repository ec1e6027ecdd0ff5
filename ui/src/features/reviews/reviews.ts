/** The review queue and one review, from the server. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post, query } from '~/api/client'
import type { Decision, Page, Review, ReviewRow, Run } from '~/api/types'

export type Shelf = 'pending' | 'decided' | 'mine'

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

export function useDecide(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (decision: Decision) => post<{ id: string; state: string; run: Run }>(`/reviews/${encodeURIComponent(id)}/decision`, decision),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['reviews'] }), queries.invalidateQueries({ queryKey: ['review', id] })]),
  })
}

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
