/** A user's conversations: the list by search, one with its runs, and removing with a moment to think again. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { createElement, useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, query, remove } from '~/api/client'
import type { Conversation, ConversationRow, Page, Run } from '~/api/types'

const UNDO_MS = 6_000

export function useConversationList(q: string) {
  return useInfiniteQuery({
    queryKey: ['conversations', q],
    queryFn: ({ pageParam, signal }) => get<Page<ConversationRow>>(`/conversations${query({ q, after: pageParam, limit: 50 })}`, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

export function useConversation(id: string | undefined) {
  return useQuery({
    queryKey: ['conversation', id],
    queryFn: ({ signal }) => get<Conversation>(`/conversations/${encodeURIComponent(id ?? '')}`, signal),
    enabled: id !== undefined,
  })
}

/** Puts a run into its conversation in the cache, new or changed. */
export function useKeepRun() {
  const queries = useQueryClient()
  return useCallback(
    (run: Run) => {
      queries.setQueryData<Conversation>(['conversation', run.conversation_id], (old) => {
        const runs = old?.runs ?? []
        const known = runs.some((one) => one.run_id === run.run_id)
        return {
          id: run.conversation_id,
          scenario: old?.scenario ?? run.scenario,
          title: old?.title ?? run.question,
          runs: known ? runs.map((one) => (one.run_id === run.run_id ? run : one)) : [...runs, run],
        }
      })
    },
    [queries],
  )
}

/** Hides a conversation at once and deletes it when the time to undo is over. */
export function useRemoveConversation() {
  const { t } = useTranslation('workbench')
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const waiting = useRef(new Map<string, ReturnType<typeof setTimeout>>())

  const show = useCallback((id: string) => setHidden((old) => new Set([...old].filter((one) => one !== id))), [])
  const finish = useCallback(
    async (id: string) => {
      waiting.current.delete(id)
      try {
        await remove(`/conversations/${encodeURIComponent(id)}`)
        queries.removeQueries({ queryKey: ['conversation', id] })
        await queries.invalidateQueries({ queryKey: ['conversations'] })
      } catch {
        void message.error(t('history.notDeleted'))
        show(id)
      }
    },
    [message, queries, show, t],
  )
  useEffect(() => {
    const pending = waiting.current
    return () => {
      for (const [id, timer] of pending) {
        clearTimeout(timer)
        void finish(id)
      }
    }
  }, [finish])

  const take = useCallback(
    (id: string) => {
      setHidden((old) => new Set(old).add(id))
      const undo = () => {
        clearTimeout(waiting.current.get(id))
        waiting.current.delete(id)
        message.destroy(id)
        show(id)
      }
      waiting.current.set(id, setTimeout(() => void finish(id), UNDO_MS))
      const button = createElement(Button, { type: 'link', size: 'small', onClick: undo }, t('common:undo'))
      void message.open({ key: id, type: 'info', duration: UNDO_MS / 1000, content: createElement('span', null, t('history.deleted'), button) })
    },
    [finish, message, show, t],
  )
  return { hidden, take }
}
