/** Who reviews what, and who stands in, from the server. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, put } from '~/api/client'
import type { ReviewerProfile } from '~/api/types'

export const useReviewers = () => useQuery({ queryKey: ['reviewers'], queryFn: ({ signal }) => get<{ items: ReviewerProfile[] }>('/reviewers', signal) })

export type Absence = { deputy?: string; away_from?: string; away_until?: string }

/** Says who decides instead of oneself, and when. */
export function useSetAbsence() {
  const queries = useQueryClient()
  return useMutation({ mutationFn: (absence: Absence) => put<ReviewerProfile>('/reviewers/me', absence), onSuccess: () => queries.invalidateQueries({ queryKey: ['reviewers'] }) })
}

/** Says what another reviewer is competent for. */
export function useSetCompetences(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (competences: string[]) => put<ReviewerProfile>(`/reviewers/${encodeURIComponent(id)}`, { competences }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['reviewers'] }),
  })
}
