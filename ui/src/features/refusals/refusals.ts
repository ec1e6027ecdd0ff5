/** The bank of refusals from the server: what askers read when nothing is answered. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, put } from '~/api/client'
import type { RefusalEntry, RefusalVersion, RefusalWords } from '~/api/types'

export const TEXTS = ['message', 'next_step', 'message_en', 'next_step_en'] as const

export const useRefusals = () => useQuery({ queryKey: ['refusals'], queryFn: ({ signal }) => get<{ items: RefusalEntry[] }>('/refusals', signal) })

export const useRefusalHistory = (name: string, open: boolean) =>
  useQuery({ queryKey: ['refusals', name], queryFn: ({ signal }) => get<{ items: RefusalVersion[] }>(`/refusals/${encodeURIComponent(name)}`, signal), enabled: open })

/** Proposes other words; they are read by askers when another person has approved them. */
export function useProposeRefusal(name: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (proposal: { words: RefusalWords; why: string }) => put<RefusalEntry>(`/refusals/${encodeURIComponent(name)}`, proposal),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['refusals'] }), queries.invalidateQueries({ queryKey: ['reviews'] })]),
  })
}

export type Group = 'all' | 'label' | 'risk' | 'other'

export const groupOf = (entry: RefusalEntry): Exclude<Group, 'all'> => (entry.risks.length > 0 ? 'risk' : entry.labels.length > 0 ? 'label' : 'other')

/** Whether the words somebody types stand in an entry; `title` is its name in the reader's language. */
export function holds(entry: RefusalEntry, title: string, typed: string): boolean {
  const wanted = typed.trim().toLowerCase()
  const texts = [entry.name, title, ...entry.labels, ...entry.risks, ...TEXTS.map((text) => entry.words[text])]
  return wanted === '' || texts.some((text) => text.toLowerCase().includes(wanted))
}
