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
