/** Turns an answer, its claims and its citation marks into blocks of spans that a page can draw. */
import type { Claim, Verdict } from '~/api/types'

export type Span =
  | { kind: 'text'; text: string; strong: boolean; verdict: Verdict | null; why: string | null }
  | { kind: 'cite'; numbers: number[] }
export type Block = { kind: 'paragraph' | 'heading' | 'quote' | 'item'; marker: string | null; spans: Span[] }

const MARK = /\s*(?:\[\^?(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\]|【(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)】)/g

type Marks = Map<number, number[]>

/** The answer without its citation marks, and where each mark stood. */
export function liftMarks(answer: string, known: ReadonlySet<number>): { text: string; marks: Marks } {
  const marks: Marks = new Map()
  let text = ''
  let from = 0
  for (const found of answer.matchAll(MARK)) {
    const numbers = (found[1] ?? found[2] ?? '').split(/[,，、]/).map((part) => Number(part.trim()))
    if (!numbers.every((n) => known.has(n))) continue
    text += answer.slice(from, found.index)
    from = found.index + found[0].length
    marks.set(text.length, [...(marks.get(text.length) ?? []), ...numbers])
  }
  return { text: text + answer.slice(from), marks }
}

/** Where `part` stands in `text` when white space does not count; from `start` on first, then anywhere. */
export function locate(text: string, part: string, start = 0): [number, number] | null {
  const places: number[] = []
  let bare = ''
  for (let at = 0; at < text.length; at++) {
    if (/\s/.test(text[at])) continue
    places.push(at)
    bare += text[at]
  }
  const wanted = part.replace(/\s+/g, '')
  if (wanted === '') return null
  const first = places.findIndex((place) => place >= start)
  let at = first < 0 ? -1 : bare.indexOf(wanted, first)
  if (at < 0) at = bare.indexOf(wanted)
  return at < 0 ? null : [places[at], places[at + wanted.length - 1] + 1]
}

function claimOwners(text: string, claims: Claim[], marks: Marks, known: ReadonlySet<number>): (Claim | null)[] {
  const owners: (Claim | null)[] = new Array(text.length).fill(null)
  const unmarked = marks.size === 0
  let cursor = 0
  for (const claim of claims) {
    const range = locate(text, liftMarks(claim.text, known).text.replaceAll('**', ''), cursor) ?? locate(text, claim.text, cursor)
    if (!range) continue
    owners.fill(claim, range[0], range[1])
    cursor = range[1]
    const numbers = claim.citations.filter((n) => known.has(n))
    if (unmarked && numbers.length > 0) marks.set(range[1], [...(marks.get(range[1]) ?? []), ...numbers])
  }
  return owners
}

const HEADS: [RegExp, Block['kind']][] = [
  [/^#{1,6}\s+/, 'heading'],
  [/^>\s?/, 'quote'],
  [/^[-*•·]\s+/, 'item'],
  [/^(\d{1,2})[.、)]\s*(?=\S)/, 'item'],
]

function headOf(line: string): { kind: Block['kind']; skip: number; marker: string | null } {
  const indent = line.length - line.trimStart().length
  const rest = line.slice(indent)
  for (const [pattern, kind] of HEADS) {
    const found = pattern.exec(rest)
    if (found) return { kind, skip: indent + found[0].length, marker: kind === 'item' ? (found[1] ? `${found[1]}.` : '•') : null }
  }
  return { kind: 'paragraph', skip: indent, marker: null }
}

export function layoutAnswer(answer: string, claims: Claim[] = [], numbers: Iterable<number> = []): Block[] {
  const known = new Set(numbers)
  const { text, marks } = liftMarks(answer, known)
  const owners = claimOwners(text, claims, marks, known)
  const blocks: Block[] = []
  let offset = 0
  for (const line of text.split('\n')) {
    const end = offset + line.length
    if (line.trim() !== '') {
      const head = headOf(line)
      blocks.push({ kind: head.kind, marker: head.marker, spans: spansOf(text, offset + head.skip, end, owners, marks) })
    }
    offset = end + 1
  }
  return blocks
}

function spansOf(text: string, from: number, to: number, owners: (Claim | null)[], marks: Marks): Span[] {
  const spans: Span[] = []
  let strong = false
  let open = ''
  let owner: Claim | null = null
  const flush = () => {
    if (open !== '') spans.push({ kind: 'text', text: open, strong, verdict: owner?.verdict ?? null, why: owner?.why ?? null })
    open = ''
  }
  for (let at = from; at <= to; at++) {
    const cited = at > from ? marks.get(at) : undefined
    if (cited) {
      flush()
      spans.push({ kind: 'cite', numbers: [...new Set(cited)] })
    }
    if (at === to) break
    if (text.startsWith('**', at)) {
      flush()
      strong = !strong
      at += 1
      continue
    }
    if (owners[at] !== owner) {
      flush()
      owner = owners[at]
    }
    open += text[at]
  }
  flush()
  return spans
}
