/** Files on their way into a collection: sent, then followed through their import job. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { upload } from '~/api/client'
import { subscribe } from '~/api/sse'
import type { Job, Upload } from '~/api/types'

export type UploadRow = {
  key: string
  name: string
  size: number
  phase: 'waiting' | 'sending' | 'importing' | 'done' | 'duplicate' | 'failed'
  share: number
  note: string | null
  document: string | null
  error: unknown
}

const AT_ONCE = 2

export function useUploads(collection: string) {
  const [rows, setRows] = useState<UploadRow[]>([])
  const queries = useQueryClient()
  const waiting = useRef<{ key: string; file: File }[]>([])
  const running = useRef(0)
  const stops = useRef(new Set<() => void>())
  const count = useRef(0)
  useEffect(() => {
    const open = stops.current
    return () => open.forEach((stop) => stop())
  }, [])

  const change = useCallback((key: string, next: Partial<UploadRow>) => setRows((old) => old.map((row) => (row.key === key ? { ...row, ...next } : row))), [])

  const follow = useCallback(
    (key: string, job: string) =>
      new Promise<void>((done) => {
        const stop = subscribe(`/jobs/${encodeURIComponent(job)}/events`, ({ event, data }) => {
          if (event !== 'progress') return
          const now = data as Job
          if (now.state === 'succeeded') change(key, { phase: 'done', share: 1, note: null })
          else if (now.state === 'failed') change(key, { phase: 'failed', error: now.error })
          else return change(key, { share: now.progress, note: now.note ?? null })
          stop()
          stops.current.delete(stop)
          done()
        })
        stops.current.add(stop)
      }),
    [change],
  )

  const next = useCallback(async (): Promise<void> => {
    const one = running.current < AT_ONCE ? waiting.current.shift() : undefined
    if (!one) return
    running.current += 1
    change(one.key, { phase: 'sending' })
    try {
      const sent = await upload<Upload>(`/collections/${encodeURIComponent(collection)}/documents`, one.file, (share) => change(one.key, { share }))
      void queries.invalidateQueries({ queryKey: ['documents', collection] })
      if (sent.duplicate) change(one.key, { phase: 'duplicate', share: 1, document: sent.document_id })
      else {
        change(one.key, { phase: 'importing', share: 0, document: sent.document_id })
        await follow(one.key, sent.job_id)
      }
    } catch (error) {
      change(one.key, { phase: 'failed', error })
    } finally {
      running.current -= 1
      for (const key of [['documents', collection], ['collection', collection], ['collections']]) void queries.invalidateQueries({ queryKey: key })
      void next()
    }
  }, [change, collection, follow, queries])

  const add = useCallback(
    (files: File[]) => {
      const fresh = files.map((file) => ({ key: `upload-${++count.current}`, file }))
      setRows((old) => [...fresh.map(({ key, file }) => ({ key, name: file.name, size: file.size, phase: 'waiting' as const, share: 0, note: null, document: null, error: null })), ...old])
      waiting.current.push(...fresh)
      for (let n = 0; n < AT_ONCE; n++) void next()
    },
    [next],
  )
  const clear = useCallback(() => setRows((old) => old.filter((row) => row.phase === 'waiting' || row.phase === 'sending' || row.phase === 'importing')), [])
  return { rows, add, clear }
}
