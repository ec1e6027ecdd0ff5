/** One chat over the gateway, read piece by piece. */
import { headers, Problem } from '~/api/client'
import { EventCutter } from '~/api/sse'

export type Told = { content: string; reasoning: string; queued: number | null; first: number | null; total: number | null; tokens: number }
export const NOTHING: Told = { content: '', reasoning: '', queued: null, first: null, total: null, tokens: 0 }

type Chunk = { choices?: { delta?: { content?: string; reasoning_content?: string } }[]; usage?: { completion_tokens?: number } | null; error?: { message?: string; code?: string } }

export const isChunk = (data: unknown): data is Chunk => typeof data === 'object' && data !== null

/** What was told, with one more event. */
export function heard(told: Told, data: unknown, ms: number): Told {
  if (!isChunk(data)) return told
  if (data.error) throw new Problem(502, { title: data.error.message ?? '', code: data.error.code ?? '' })
  const delta = data.choices?.[0]?.delta
  const [content, reasoning] = [delta?.content ?? '', delta?.reasoning_content ?? '']
  const says = content !== '' || reasoning !== ''
  return {
    ...told,
    content: told.content + content,
    reasoning: told.reasoning + reasoning,
    queued: says ? null : told.queued,
    first: told.first ?? (says ? ms : null),
    tokens: data.usage?.completion_tokens ?? told.tokens,
  }
}

export async function chat(route: string, message: string, signal: AbortSignal, onTold: (told: Told) => void): Promise<void> {
  const begun = performance.now()
  const body = JSON.stringify({ model: route, stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: message }] })
  const response = await fetch('/v1/chat/completions', { method: 'POST', credentials: 'same-origin', headers: headers({ 'Content-Type': 'application/json' }), body, signal })
  if (!response.ok || !response.body) {
    const said = (await response.json().catch(() => ({}))) as { error?: { message?: string; code?: string } }
    throw new Problem(response.status, { title: said.error?.message ?? '', code: said.error?.code ?? '' })
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const cutter = new EventCutter()
  let told = NOTHING
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    const position = /: queued position=(\d+)/.exec(value)
    if (position) told = { ...told, queued: Number(position[1]) }
    for (const event of cutter.push(value)) told = heard(told, event.data, Math.round(performance.now() - begun))
    onTold(told)
  }
  onTold({ ...told, total: Math.round(performance.now() - begun) })
}
