/** The one way to the server: JSON in, JSON or a Problem out. */
import { language } from '~/i18n'

export const ROOT = '/api/v1'

/** One thing that is wrong with what was sent: the field, its name and what it takes, in the reader's language. */
export type FieldError = { field: string; name: string; reason: string; text: string }

/** An answer of the server that is not a success, or no answer at all (status 0). */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string | null
  readonly nextStep: string | null
  readonly trace: string | null
  readonly errors: FieldError[]

  constructor(status: number, body: Record<string, unknown>) {
    const text = (key: string) => (typeof body[key] === 'string' && body[key] !== '' ? (body[key] as string) : null)
    super(text('title') ?? `HTTP ${status}`)
    this.status = status
    this.code = text('code') ?? (status === 0 ? 'ui.unreachable' : `http.${status}`)
    this.title = text('title') ?? ''
    this.detail = text('detail')
    this.nextStep = text('next_step')
    this.trace = text('trace_id')
    this.errors = Array.isArray(body.errors) ? (body.errors as FieldError[]) : []
  }

  /** Worth asking again without a change. */
  get transient() {
    return this.status === 0 || this.status === 429 || this.status >= 502
  }
}

export function headers(more?: Record<string, string>): Record<string, string> {
  return { 'Accept-Language': language(), 'X-Requested-With': 'shuzheng', ...more }
}

export async function problemOf(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => ({}))
  const plain = body && typeof body === 'object' ? (body as Record<string, unknown>) : {}
  return new Problem(response.status, plain)
}

async function send(method: string, path: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(ROOT + path, { method, credentials: 'same-origin', ...init })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new Problem(0, {})
  }
  if (!response.ok) throw await problemOf(response)
  return response
}

async function json<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const response = await send(method, path, { headers: headers(type), signal, ...sent })
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

export const get = <T>(path: string, signal?: AbortSignal) => json<T>('GET', path, undefined, signal)
export const post = <T>(path: string, body?: unknown) => json<T>('POST', path, body ?? {})
export const patch = <T>(path: string, body: unknown) => json<T>('PATCH', path, body)
export const put = <T>(path: string, body: unknown) => json<T>('PUT', path, body)
export const remove = <T = void>(path: string) => json<T>('DELETE', path)

/** `?a=1&b=2` of the values that are there. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const pairs = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') pairs.set(key, String(value))
  }
  const text = pairs.toString()
  return text === '' ? '' : `?${text}`
}

/** Sends one file and reports the share sent, which `fetch` cannot do. */
export function upload<T>(path: string, file: File, onSent: (share: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', ROOT + path)
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onSent(event.loaded / event.total)
    }
    request.onerror = () => reject(new Problem(0, {}))
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'))
    request.onload = () => {
      let body: Record<string, unknown> = {}
      try {
        body = JSON.parse(request.responseText)
      } catch {
        // An answer without JSON is told by its status alone.
      }
      if (request.status >= 200 && request.status < 300) resolve(body as T)
      else reject(new Problem(request.status, body))
    }
    signal?.addEventListener('abort', () => request.abort())
    const form = new FormData()
    form.append('file', file, file.name)
    request.send(form)
  })
}
