/** Server-Sent Events over fetch: one stream that ends, or a subscription that comes back after a break. */
import { solve } from './challenge'
import { get, headers, Problem, problemOf, ROOT } from './client'
import type { Challenge } from './types'

export type ServerEvent = { event: string; data: unknown; id: string | null }

/** Cuts arriving text into events; what is not finished yet waits for the next piece. */
export class EventCutter {
  private rest = ''

  push(piece: string): ServerEvent[] {
    const arrived = this.rest + piece
    // A carriage return at the end may be half of a line end: it waits for the next piece.
    const held = arrived.endsWith('\r') ? '\r' : ''
    const text = arrived.slice(0, arrived.length - held.length).replace(/\r\n?/g, '\n')
    const blocks = text.split('\n\n')
    this.rest = (blocks.pop() ?? '') + held
    return blocks.flatMap((block) => parse(block) ?? [])
  }
}

function parse(block: string): ServerEvent | null {
  let event = 'message'
  let id: string | null = null
  const lines: string[] = []
  for (const line of block.split('\n')) {
    const at = line.indexOf(':')
    if (at === 0) continue
    const field = at < 0 ? line : line.slice(0, at)
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '')
    if (field === 'event') event = value
    else if (field === 'id') id = value
    else if (field === 'data') lines.push(value)
  }
  if (lines.length === 0) return null
  const text = lines.join('\n')
  try {
    return { event, id, data: JSON.parse(text) }
  } catch {
    return { event, id, data: text }
  }
}

/** Reads one stream to its end. */
export async function stream(
  path: string,
  options: { method?: 'GET' | 'POST'; body?: unknown; signal?: AbortSignal },
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const { method = 'GET', body, signal } = options
  const more: Record<string, string> = { Accept: 'text/event-stream' }
  if (body !== undefined) more['Content-Type'] = 'application/json'
  const send = async () => {
    try {
      return await fetch(ROOT + path, {
        method,
        credentials: 'same-origin',
        headers: headers(more),
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      })
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw new Problem(0, {})
    }
  }
  let response = await send()
  if (!response.ok || !response.body) {
    const problem = await problemOf(response)
    if (problem.code !== 'abuse.challenge') throw problem
    // Asked too often: a little work, once, and the question goes again.
    more['X-Challenge-Answer'] = await solve(await get<Challenge>('/challenge', signal))
    response = await send()
    if (!response.ok || !response.body) throw await problemOf(response)
  }
  const cutter = new EventCutter()
  const text = response.body.pipeThrough(new TextDecoderStream())
  const reader = text.getReader()
  for (;;) {
    const { done, value } = await reader.read().catch((cause) => {
      if (signal?.aborted) throw cause
      throw new Problem(0, {})
    })
    if (done) return
    for (const event of cutter.push(value)) onEvent(event)
  }
}

/** Keeps a subscription alive until the returned function is called. Denied calls are not repeated; `onDenied` hears of them. */
export function subscribe(path: string, onEvent: (event: ServerEvent) => void, onDenied?: () => void): () => void {
  const stop = new AbortController()
  let wait = 1_000
  const open = async () => {
    while (!stop.signal.aborted) {
      try {
        await stream(path, { signal: stop.signal }, (event) => {
          wait = 1_000
          onEvent(event)
        })
      } catch (cause) {
        if (stop.signal.aborted) return
        if (cause instanceof Problem && cause.status >= 400 && cause.status < 500 && cause.status !== 429) return onDenied?.()
      }
      await new Promise((wake) => setTimeout(wake, wait))
      wait = Math.min(wait * 2, 30_000)
    }
  }
  void open()
  return () => stop.abort()
}
