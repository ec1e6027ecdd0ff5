/** Follows a run that waits for a reviewer until it is decided, so that the asker sees the release without a reload. */
import { useEffect, useRef } from 'react'
import { subscribe } from '~/api/sse'
import type { Run } from '~/api/types'

export const waits = (run: Run) => run.status === 'in_review' || run.status === 'running'

export function useLiveRun(run: Run, onChange: (run: Run) => void) {
  const told = useRef(onChange)
  told.current = onChange
  const follow = waits(run)
  useEffect(() => {
    if (!follow) return
    return subscribe(`/runs/${run.run_id}/events`, ({ event, data }) => {
      if (event === 'outcome') told.current(data as Run)
    })
  }, [run.run_id, follow])
}
