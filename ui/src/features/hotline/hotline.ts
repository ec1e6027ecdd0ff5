/** The hotline from the server: shelves, work orders, calls, hot issues. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, headers, post, problemOf, query, ROOT } from '~/api/client'
import type { HotlineCallRow, HotlineHot, HotlineImported, HotlineOrder, HotlineOrderFull, HotlineOrders, HotlineSettings, HotlineShelf } from '~/api/types'

export const SHELVES = ['received', 'handling', 'checking', 'callback', 'history'] as const
export const KINDS = ['consult', 'help', 'complaint', 'report', 'suggestion', 'praise', 'other'] as const
export const URGENCIES = ['normal', 'urgent', 'critical'] as const
export const TAGS = ['clear', 'slow', 'not_solved', 'polite', 'knowledge_gap', 'wrong_department'] as const

export type OrderQuery = { shelf?: string; kind?: string; category?: string; region?: string; department?: string; overdue?: string; from?: string; to?: string; q?: string; after?: string; limit?: number }

const fresh = { staleTime: 3_000, refetchInterval: 15_000 }

export const useShelves = () => useQuery({ queryKey: ['hotline', 'counts'], queryFn: ({ signal }) => get<{ items: HotlineShelf[] }>('/hotline/counts', signal), ...fresh })

export const useOrders = (wanted: OrderQuery) =>
  useQuery({ queryKey: ['hotline', 'orders', wanted], queryFn: ({ signal }) => get<HotlineOrders>(`/hotline/orders${query(wanted)}`, signal), placeholderData: (old) => old, ...fresh })

export const useOrder = (id: string) =>
  useQuery({ queryKey: ['hotline', 'order', id], queryFn: ({ signal }) => get<HotlineOrderFull>(`/hotline/orders/${encodeURIComponent(id)}`, signal) })

export const useCalls = (enabled: boolean) =>
  useQuery({ queryKey: ['hotline', 'calls'], queryFn: ({ signal }) => get<{ items: HotlineCallRow[] }>('/hotline/calls', signal), enabled, staleTime: 1_000, refetchInterval: 5_000 })

export const useSettings = () => useQuery({ queryKey: ['hotline', 'settings'], queryFn: ({ signal }) => get<HotlineSettings>('/hotline/settings', signal), staleTime: Infinity })

export const useHot = (days: number) =>
  useQuery({ queryKey: ['hotline', 'hot', days], queryFn: ({ signal }) => get<HotlineHot>(`/hotline/hot_issues?days=${days}`, signal), placeholderData: (old) => old })

export type StepBody = {
  step: string
  version: number
  note?: string
  responsible?: string
  assisting?: string[]
  reply?: string
  into?: string
  callback?: { contacted: boolean; solved: boolean; satisfaction: number }
  tags?: string[]
}

export function useStep(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: StepBody) => post<HotlineOrderFull>(`/hotline/orders/${encodeURIComponent(id)}/steps`, body),
    onSuccess: (full) => queries.setQueryData(['hotline', 'order', id], full),
    onSettled: () => queries.invalidateQueries({ queryKey: ['hotline'] }),
  })
}

export type NewOrder = {
  call_id?: string
  kind: string
  summary: string
  content: string
  place: { region?: string; street?: string; detail: string }
  category?: string
  urgency: string
  secrecy: boolean
  caller: { name?: string; phone?: string; anonymous?: boolean }
  choices: string[]
}

export const createOrder = (body: NewOrder) => post<HotlineOrder>('/hotline/orders', body)
export const beginCall = () => post<HotlineCallRow>('/hotline/calls', { live: true })
export const takeCall = (id: string) => post<HotlineCallRow>(`/hotline/calls/${encodeURIComponent(id)}/take`)
export const endCall = (id: string) => post<HotlineCallRow>(`/hotline/calls/${encodeURIComponent(id)}/end`)

/** Sends a table; the answer names what is wrong, line by line. */
export async function importTable(file: File, dry: boolean): Promise<HotlineImported> {
  const response = await fetch(`${ROOT}/hotline/import?dry=${dry}`, { method: 'POST', credentials: 'same-origin', headers: headers({ 'Content-Type': 'text/csv' }), body: await file.arrayBuffer() })
  if (!response.ok) throw await problemOf(response)
  return (await response.json()) as HotlineImported
}

export const exportAddress = (wanted: OrderQuery) => `${ROOT}/hotline/export${query(wanted)}`

export const urgencyTone = (urgency: string) => (urgency === 'critical' ? 'red' : urgency === 'urgent' ? 'amber' : '')
export const placeWords = (place: { name: string; detail: string }) => [place.name, place.detail].filter(Boolean).join(' ')
