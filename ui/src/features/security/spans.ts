/** Cuts a text at its findings. Offsets count Unicode characters, as everywhere in the interface of the guard. */
export type Span = { start: number; end: number }
export type Cut<F> = { text: string; found: F[] }

/** Every piece knows all findings that lie over it; findings may overlap. */
export function cutAt<F extends Span>(text: string, findings: F[]): Cut<F>[] {
  const letters = [...text]
  const edges = [...new Set([0, letters.length, ...findings.flatMap((one) => [one.start, one.end])])].filter((at) => at >= 0 && at <= letters.length).sort((a, b) => a - b)
  return edges.slice(1).map((end, at) => {
    const start = edges[at]
    return { text: letters.slice(start, end).join(''), found: findings.filter((one) => one.start < end && one.end > start) }
  })
}

/** The words of a finding. */
export const wordsOf = (text: string, { start, end }: Span) => [...text].slice(start, end).join('')
