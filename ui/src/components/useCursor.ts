/** Pages of a list that only knows what comes next: the way back is remembered here. */
import { useCallback, useEffect, useState } from 'react'

/** Starts again whenever `of` (the filters) changes. */
export function useCursor(of: string) {
  const [stack, setStack] = useState<(string | null)[]>([null])
  useEffect(() => setStack([null]), [of])
  const forward = useCallback((next: string) => setStack((old) => [...old, next]), [])
  const back = useCallback(() => setStack((old) => (old.length > 1 ? old.slice(0, -1) : old)), [])
  return { after: stack.at(-1) ?? null, page: stack.length, forward, back }
}
