/** A user's conversations: the list by search, one with its runs, and removing with a moment to think again. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { createElement, useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post, query, remove } from '~/api/client'
import type { Conversation, ConversationRow, Page, Run } from '~/api/types'
import { describe } from '~/components/ErrorCard'

const UNDO_SECS = 8

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

/** Deletes a conversation at once; for a moment it can be brought back. */
export function useRemoveConversation() {
  const { t } = useTranslation('workbench')
  const { message } = App.useApp()
  const queries = useQueryClient()
  return useCallback(
    async (id: string) => {
      const path = `/conversations/${encodeURIComponent(id)}`
      const again = () => queries.invalidateQueries({ queryKey: ['conversations'] })
      try {
        await remove(path)
      } catch (error) {
        void message.error(describe(error, t).title)
        return
      }
      const undo = async () => {
        message.destroy(id)
        try {
          await post(`${path}/restore`)
        } catch (error) {
          void message.error(describe(error, t).title)
        }
        await again()
      }
      queries.removeQueries({ queryKey: ['conversation', id] })
      await again()
      const button = createElement(Button, { type: 'link', size: 'small', onClick: () => void undo(), 'data-testid': 'undo' } as never, t('common:undo'))
      void message.open({ key: id, type: 'info', duration: UNDO_SECS, content: createElement('span', null, t('history.deleted'), button) })
    },
    [message, queries, t],
  )
}
