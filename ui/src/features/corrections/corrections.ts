/** The correction library, what askers complained about, and answers to be scored, from the server. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { get, post, put, query } from '~/api/client'
import type { Complaint, Correction, CorrectionDraft, CorrectionState, Page, Run } from '~/api/types'

const pages = <T>(key: unknown[], path: (after: string | null) => string) => ({
  queryKey: key,
  queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) => get<Page<T>>(path(pageParam), signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page: Page<T>) => page.next,
})

export const useCorrections = (state: CorrectionState | undefined, words: string) =>
  useInfiniteQuery(pages<Correction>(['corrections', state, words], (after) => `/corrections${query({ state, q: words, after })}`))

export const useComplaints = () => useInfiniteQuery(pages<Complaint>(['complaints'], (after) => `/feedback${query({ rating: 'down', after })}`))

export const useUnscored = () => useInfiniteQuery(pages<Run>(['unscored'], (after) => `/scoring${query({ after })}`))

/** Adds a correction, or changes the one with this id. */
export function useKeepCorrection(id: string | null) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (draft: CorrectionDraft) => (id ? put<Correction>(`/corrections/${encodeURIComponent(id)}`, draft) : post<Correction>('/corrections', draft)),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['corrections'] }),
  })
}

export function useRetire(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (reason: string) => post<Correction>(`/corrections/${encodeURIComponent(id)}/retire`, { reason }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['corrections'] }),
  })
}
