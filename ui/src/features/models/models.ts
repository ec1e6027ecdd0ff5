/** What the pages of the model gateway read, and small sums over it. */
import { useQuery } from '@tanstack/react-query'
import { get, query } from '~/api/client'
import type { GatewayKey, ModelImpact, ModelRegistry, QueueLine, UsageLine } from '~/api/types'

type Items<T> = { items: T[] }

export const useRegistry = () => useQuery({ queryKey: ['models'], queryFn: ({ signal }) => get<ModelRegistry>('/models', signal), refetchInterval: 15_000 })

export const useQueue = () => useQuery({ queryKey: ['models', 'queue'], queryFn: ({ signal }) => get<Items<QueueLine>>('/models/queue', signal), refetchInterval: 2_000 })

export const useKeys = () => useQuery({ queryKey: ['keys'], queryFn: ({ signal }) => get<Items<GatewayKey>>('/keys', signal) })

export const BY = ['department', 'scenario', 'model', 'route', 'actor', 'outcome'] as const
export type By = (typeof BY)[number]

export const usagePath = (by: By, from: string, format?: 'csv') => `/models/usage${query({ by, from, format })}`

export const useUsage = (by: By, from: string) => useQuery({ queryKey: ['models', 'usage', by, from], queryFn: ({ signal }) => get<Items<UsageLine>>(usagePath(by, from), signal) })

export const useImpact = (level: string | null) =>
  useQuery({ queryKey: ['models', 'impact', level], queryFn: ({ signal }) => get<Items<ModelImpact>>(`/models/impact${query({ level })}`, signal), enabled: level !== null })

export const tokens = (line: Pick<UsageLine, 'tokens_in' | 'tokens_out'>) => line.tokens_in + line.tokens_out

/** Lines of several days as one a name, the one with most tokens first. */
export function summed(lines: UsageLine[]): UsageLine[] {
  const sums = new Map<string, UsageLine>()
  for (const line of lines) {
    const sum = sums.get(line.name)
    if (!sum) sums.set(line.name, { ...line })
    else for (const key of ['calls', 'tokens_in', 'tokens_out', 'tokens_reasoning', 'wait_ms', 'first_token_ms', 'total_ms', 'energy_mwh'] as const) sum[key] += line[key]
  }
  return [...sums.values()].sort((a, b) => tokens(b) - tokens(a) || b.calls - a.calls)
}

/** Tokens of each day from `from` to `to`, days without a call included. */
export function daily(lines: UsageLine[], from: string, to: string): { day: string; tokens: number }[] {
  const sums = new Map<string, number>()
  for (const line of lines) sums.set(line.day, (sums.get(line.day) ?? 0) + tokens(line))
  const days: { day: string; tokens: number }[] = []
  for (let at = new Date(`${from}T00:00:00Z`); days.length < 400; at = new Date(at.getTime() + 86_400_000)) {
    const day = at.toISOString().slice(0, 10)
    if (day > to) break
    days.push({ day, tokens: sums.get(day) ?? 0 })
  }
  return days
}

/** The day `days` before `now`, in the platform's days. */
export const dayBefore = (days: number, now = Date.now()) => new Date(now - days * 86_400_000).toISOString().slice(0, 10)

export const number = (n: number) => n.toLocaleString()
