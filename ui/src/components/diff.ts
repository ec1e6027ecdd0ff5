/** What an edit took away and added, word by word. */
export type Piece = { kind: 'same' | 'added' | 'removed'; text: string }

function words(text: string): string[] {
  const segmenter = new Intl.Segmenter('zh', { granularity: 'word' })
  return Array.from(segmenter.segment(text), (part) => part.segment)
}

/** Longest common subsequence over words; equal ends are cut off first, so that the table stays small. */
export function diff(before: string, after: string): Piece[] {
  const [a, b] = [words(before), words(after)]
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1
  const pieces: Piece[] = []
  const add = (kind: Piece['kind'], text: string) => {
    const last = pieces.at(-1)
    if (last?.kind === kind) last.text += text
    else if (text !== '') pieces.push({ kind, text })
  }
  add('same', a.slice(0, head).join(''))
  middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), add)
  add('same', a.slice(a.length - tail).join(''))
  return pieces
}

function middle(a: string[], b: string[], add: (kind: Piece['kind'], text: string) => void) {
  // A rewrite of everything is told as such: a table over it would cost more than it says.
  if (a.length * b.length > 4_000_000) {
    add('removed', a.join(''))
    add('added', b.join(''))
    return
  }
  const wide = b.length + 1
  const table = new Uint32Array((a.length + 1) * wide)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * wide + j] = a[i] === b[j] ? table[(i + 1) * wide + j + 1] + 1 : Math.max(table[(i + 1) * wide + j], table[i * wide + j + 1])
    }
  }
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add('same', a[i])
      i += 1
      j += 1
    } else if (i < a.length && (j === b.length || table[(i + 1) * wide + j] >= table[i * wide + j + 1])) {
      add('removed', a[i])
      i += 1
    } else {
      add('added', b[j])
      j += 1
    }
  }
}
