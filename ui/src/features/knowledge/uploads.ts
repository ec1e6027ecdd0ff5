/** Files on their way into collections. They live outside the pages, so one may leave and come back; imports that the server has taken survive a reload. */
import { useSyncExternalStore } from 'react'
import { get, Problem, remove, upload } from '~/api/client'
import { subscribe } from '~/api/sse'
import type { Defect, DocumentFull, Job, Upload } from '~/api/types'

export type Phase = 'waiting' | 'sending' | 'importing' | 'done' | 'duplicate' | 'failed' | 'stopped'
export type UploadRow = {
  key: string
  collection: string
  name: string
  size: number
  phase: Phase
  share: number
  note: string | null
  pages: { done: number; total: number } | null
  defects: Defect[]
  document: string | null
  job: string | null
  error: unknown
}

const SENDING_AT_ONCE = 2
const FOLLOWED_AT_ONCE = 3
const KEPT = 'shuzheng.imports'
/** The code of an import that somebody stopped. */
const STOPPED = 'knowledge.import_stopped'
/** Above this size a broken connection is more likely a refused size than a broken line. */
const LARGE = 64 << 20

export const finished = (row: UploadRow) => row.phase !== 'waiting' && row.phase !== 'sending' && row.phase !== 'importing'
/** Whether sending the same file again may help: the server has not taken it, and there is something to send. */
export const repeatable = (row: UploadRow) => (row.phase === 'failed' || row.phase === 'stopped') && row.size > 0 && files.has(row.key)

let rows: UploadRow[] = restore()
let count = 0
const files = new Map<string, File>()
const sending = new Map<string, () => void>()
const followed = new Map<string, () => void>()
const listeners = new Set<() => void>()

function restore(): UploadRow[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? '[]') as UploadRow[]
  } catch {
    return []
  }
}

function set(next: UploadRow[]) {
  rows = next
  const running = rows.filter((row) => row.phase === 'importing').map((row) => ({ ...row, defects: [] }))
  sessionStorage.setItem(KEPT, JSON.stringify(running))
  for (const tell of listeners) tell()
}

const change = (key: string, next: Partial<UploadRow>) => set(rows.map((row) => (row.key === key ? { ...row, ...next } : row)))
const inPhase = (phase: Phase) => rows.filter((row) => row.phase === phase)

/** Starts what may start: sending and following have slots of their own, so that files reach the server first. */
function go() {
  for (const row of inPhase('waiting').slice(0, Math.max(0, SENDING_AT_ONCE - sending.size))) void send(row)
  const unfollowed = inPhase('importing').filter((row) => !followed.has(row.key))
  for (const row of unfollowed.slice(0, Math.max(0, FOLLOWED_AT_ONCE - followed.size))) follow(row)
}

async function send(row: UploadRow) {
  const file = files.get(row.key)
  if (!file) return change(row.key, { phase: 'failed' })
  const abort = new AbortController()
  sending.set(row.key, () => abort.abort())
  change(row.key, { phase: 'sending', share: 0, error: null })
  try {
    const sent = await upload<Upload>(`/collections/${encodeURIComponent(row.collection)}/documents`, file, (share) => change(row.key, { share }), abort.signal)
    files.delete(row.key)
    change(row.key, { phase: sent.duplicate ? 'duplicate' : 'importing', share: sent.duplicate ? 1 : 0, document: sent.document_id, job: sent.job_id })
  } catch (error) {
    if (abort.signal.aborted) change(row.key, { phase: 'stopped' })
    else change(row.key, { phase: 'failed', error: tooLarge(error, file) })
  } finally {
    sending.delete(row.key)
    go()
  }
}

/** A server that refuses a body for its size may close the line before its answer is read. */
function tooLarge(error: unknown, file: File): unknown {
  return error instanceof Problem && error.status === 0 && file.size > LARGE ? new Problem(413, { code: 'http.too_large' }) : error
}

function follow(row: UploadRow) {
  const stop = subscribe(`/jobs/${encodeURIComponent(row.job ?? '')}/events`, ({ event, data }) => {
    if (event !== 'progress') return
    const now = data as Job
    const seen = { note: now.note ?? null, pages: now.pages ?? null, defects: now.defects ?? [] }
    if (now.state === 'succeeded') void settle(row, seen.defects)
    else if (now.state === 'failed') change(row.key, now.error?.code === STOPPED ? { phase: 'stopped', document: null } : { ...seen, phase: 'failed', error: now.error })
    else return change(row.key, { ...seen, share: now.progress })
    stop()
    followed.delete(row.key)
    go()
  }, () => {
    // The job is not ours any more (another login, a fresh server): the list of documents tells the rest.
    followed.delete(row.key)
    set(rows.filter((one) => one.key !== row.key))
    go()
  })
  followed.set(row.key, stop)
}

/** An import that is done: what is wrong with the document stands with the document. */
async function settle(row: UploadRow, told: Defect[]) {
  const document = await get<DocumentFull>(`/documents/${encodeURIComponent(row.document ?? '')}`).catch(() => null)
  change(row.key, { phase: 'done', share: 1, note: null, document: document?.id ?? row.document, defects: document?.defects ?? told })
}

export function addUploads(collection: string, list: { file: File; name: string }[]) {
  const fresh = list.map(({ file, name }): UploadRow => {
    const key = `upload-${Date.now()}-${++count}`
    files.set(key, file)
    return { key, collection, name, size: file.size, phase: 'waiting', share: 0, note: null, pages: null, defects: [], document: null, job: null, error: null }
  })
  // An empty file is told without a trip to the server.
  set([...fresh.map((row) => (row.size === 0 ? { ...row, phase: 'failed' as const, error: { code: 'knowledge.empty_file', message: '' } } : row)), ...rows])
  go()
}

export function stopUpload(row: UploadRow) {
  if (row.phase === 'waiting') change(row.key, { phase: 'stopped' })
  // The job's own events tell how it ended: stopped, or done before the wish came.
  else if (row.phase === 'importing') void remove(`/jobs/${encodeURIComponent(row.job ?? '')}`).catch(() => undefined)
  else sending.get(row.key)?.()
}

export function repeatUpload(row: UploadRow) {
  change(row.key, { phase: 'waiting', share: 0, error: null, defects: [], pages: null, document: null, job: null })
  go()
}

export function clearFinished(collection: string) {
  const gone = rows.filter((row) => row.collection === collection && finished(row))
  for (const row of gone) files.delete(row.key)
  set(rows.filter((row) => !gone.includes(row)))
}

function listen(tell: () => void) {
  listeners.add(tell)
  return () => void listeners.delete(tell)
}

export function useUploads(): UploadRow[] {
  return useSyncExternalStore(listen, () => rows)
}

window.addEventListener('beforeunload', (event) => {
  // What the server has not got yet would be lost.
  if (rows.some((row) => row.phase === 'sending' || row.phase === 'waiting')) event.preventDefault()
})
go()
