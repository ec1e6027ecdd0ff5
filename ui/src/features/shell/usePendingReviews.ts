/** The number of answers that wait for a reviewer, live. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { subscribe } from '~/api/sse'

export function usePendingReviews(enabled: boolean): number {
  const [pending, setPending] = useState(0)
  const queries = useQueryClient()
  useEffect(() => {
    if (!enabled) return setPending(0)
    return subscribe('/reviews/events', ({ event, data }) => {
      if (event !== 'queue') return
      setPending((data as { pending: number }).pending ?? 0)
      void queries.invalidateQueries({ queryKey: ['reviews'] })
    })
  }, [enabled, queries])
  return pending
}
