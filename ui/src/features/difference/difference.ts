/** What changed between two texts of a law, article by article. */
import { useQuery } from '@tanstack/react-query'
import { get, query } from '~/api/client'
import type { Difference, DiffItem } from '~/api/types'

export type Sides = { from?: string | null; to?: string | null; other?: string | null }

export const useDifference = (document: string, sides: Sides) =>
  useQuery({
    queryKey: ['difference', document, sides.from, sides.to, sides.other],
    queryFn: ({ signal }) => get<Difference>(`/documents/${encodeURIComponent(document)}/difference${query({ ...sides })}`, signal),
    staleTime: 300_000,
    retry: false,
  })

/** The text of one side, piece by piece, with what only this side has marked. */
export function sidePieces(item: DiffItem, side: 'left' | 'right'): { text: string; marked: boolean }[] {
  if (!item[side]) return []
  const own = side === 'left' ? 'delete' : 'insert'
  const pieces = item.spans.filter((span) => span.op === 'equal' || span.op === own)
  if (pieces.length === 0) return [{ text: item[side]?.text ?? '', marked: false }]
  return pieces.map((span) => ({ text: span.text, marked: span.op !== 'equal' && item.kind === 'changed' }))
}

/** A table that a spreadsheet opens: UTF-8 with its mark, quotes doubled. */
export function csv(rows: (string | number | null | undefined)[][]): string {
  const cell = (value: string | number | null | undefined) => {
    const text = String(value ?? '')
    // A cell that begins like a formula must stay a text.
    const safe = /^[=+\-@\t\r]/.test(text) && typeof value === 'string' ? `'${text}` : text
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}
