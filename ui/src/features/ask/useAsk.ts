/** One question on its way: progress steps, released text as it arrives, and the outcome. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { Problem } from '~/api/client'
import { stream } from '~/api/sse'
import type { Notice, Question, Run, Step } from '~/api/types'

export type LiveTurn = {
  question: string
  steps: Step[]
  /** Released statements by their place in the answer. */
  segments: string[]
  text: string
  /** What must be known at once, such as the emergency numbers. */
  notices: Notice[]
  busy: boolean
  stopped: boolean
  error: unknown
}

export function upsertStep(steps: Step[], step: Step): Step[] {
  const at = steps.findIndex((one) => one.name === step.name)
  return at < 0 ? [...steps, step] : steps.map((one, index) => (index === at ? step : one))
}

/** A released statement takes its place; a later one for the same place takes it over. */
export function placeSegment(segments: string[], index: number, text: string): string[] {
  const next = [...segments]
  next[index] = text
  return Array.from(next, (segment) => segment ?? '')
}

export function useAsk(onOutcome: (run: Run) => void) {
  const [turn, setTurn] = useState<LiveTurn | null>(null)
  const control = useRef<AbortController | null>(null)
  const told = useRef(onOutcome)
  told.current = onOutcome
  useEffect(() => () => control.current?.abort(), [])

  const ask = useCallback(async (question: Question) => {
    control.current?.abort()
    const mine = new AbortController()
    control.current = mine
    const change = (next: (turn: LiveTurn) => LiveTurn) => {
      if (control.current === mine) setTurn((old) => (old ? next(old) : old))
    }
    setTurn({ question: question.question, steps: [], segments: [], text: '', notices: [], busy: true, stopped: false, error: null })
    let run: Run | null = null
    try {
      await stream('/ask?stream=true', { method: 'POST', body: question, signal: mine.signal }, ({ event, data }) => {
        if (event === 'step') change((old) => ({ ...old, steps: upsertStep(old.steps, data as Step) }))
        else if (event === 'notice') change((old) => ({ ...old, notices: [...old.notices, data as Notice] }))
        else if (event === 'segment') {
          const { index, text } = data as { index: number; text: string }
          change((old) => {
            const segments = placeSegment(old.segments, index, text)
            return { ...old, segments, text: segments.join('') }
          })
        }
        else if (event === 'outcome') run = data as Run
        else if (event === 'problem') {
          const told = data as Record<string, unknown>
          throw new Problem(Number(told.status) || 500, told)
        }
      })
      // A stream that ends without an outcome was cut: the answer may still come into being on the server.
      if (!run) throw new Problem(0, { code: 'ui.stream_cut' })
      if (control.current !== mine) return
      setTurn(null)
      told.current(run)
    } catch (error) {
      if (mine.signal.aborted) change((old) => ({ ...old, busy: false, stopped: true }))
      else change((old) => ({ ...old, busy: false, error }))
    }
  }, [])

  const stop = useCallback(() => control.current?.abort(), [])
  const clear = useCallback(() => {
    control.current?.abort()
    control.current = null
    setTurn(null)
  }, [])
  return { turn, ask, stop, clear }
}
