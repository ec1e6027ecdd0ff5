/** The audit log as it is read: filters, pages, and whose deed an entry is. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { get, query } from '~/api/client'
import type { AuditEntry, Page } from '~/api/types'

export type AuditFilter = { actor?: string; subject?: string; deed?: string; from?: string; until?: string }

export const DEEDS = [
  'account.changed', 'answer.scored', 'ask.finished', 'ask.started', 'audit.anchored', 'audit.exported', 'audit.read', 'audit.shortened', 'audit.verified', 'backup.made', 'caller.suspended', 'collection.changed', 'conversation.removed', 'correction.changed', 'document.imported', 'document.removed', 'egress.called',
  'feedback.given', 'incident.changed', 'key.changed', 'model.called', 'model.changed', 'permission.denied', 'policy.changed', 'review.decided', 'review.moved', 'review.requested', 'reviewer.changed', 'search.done', 'session.closed', 'session.opened', 'session.refused', 'switch.thrown', 'system.acted', 'system.started', 'system.stopped',
] as const

export function useAudit(filter: AuditFilter, after: string | null, reading: boolean) {
  return useQuery({
    queryKey: ['audit', reading, filter, after],
    queryFn: ({ signal }) => get<Page<AuditEntry>>(`/audit${query({ ...filter, after, limit: 50 })}`, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
}

/** The name behind an entry, or what kind of actor it was. */
export function actorOf(entry: AuditEntry): { name: string | null; kind: string; id: string | null } {
  const actor = entry.actor
  if (actor && typeof actor === 'object') {
    const plain = actor as Record<string, unknown>
    const tagged = plain.kind ?? plain.type
    const id = typeof plain.id === 'string' ? plain.id : null
    return { name: entry.actor_name ?? null, kind: typeof tagged === 'string' ? tagged : 'user', id }
  }
  const id = typeof actor === 'string' ? actor : null
  return { name: entry.actor_name ?? null, kind: id?.split(/[_:]/)[0] ?? 'system', id }
}

export type Snapshots = { before: string; after: string; rest: Record<string, unknown> }

/** The states before and after a deed as text, and what else its entry holds; nothing when the two are not both there or are the same. */
export function snapshots(details: unknown): Snapshots | null {
  if (!details || typeof details !== 'object' || !('before' in details && 'after' in details)) return null
  const { before, after, ...rest } = details as Record<string, unknown>
  const [old, now] = [written(before), written(after)]
  return old === now ? null : { before: old, after: now, rest }
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
