/** An answer that leaves the page: copied or exported, its AI-generated label goes with it (GB 45438-2025 §5.1, §6; Annex E). */
import type { Run } from '~/api/types'

const KEYS = ['Label', 'ContentProducer', 'ProduceID', 'ReservedCode1', 'ContentPropagator', 'PropagateID', 'ReservedCode2'] as const

export type Words = { sources: string; asked: string }

function sourceLines(run: Run): string[] {
  return run.citations.map((citation) => `[${citation.n}] ${citation.document} ${citation.label}`)
}

/** Plain text for the clipboard. */
export function copyText(run: Run, words: Words): string {
  const parts = [run.answer ?? '']
  if (run.citations.length > 0) parts.push(`${words.sources}\n${sourceLines(run).join('\n')}`)
  if (run.label) parts.push(run.label.text)
  return parts.join('\n\n')
}

/** A Markdown file with the implicit label as front matter (TC260-PG-20258A) and the explicit one in the text. */
export function markdownFile(run: Run, words: Words): string {
  const aigc = run.label?.aigc ?? {}
  const front = ['---', 'AIGC:', ...KEYS.map((key) => `  ${key}: ${JSON.stringify(String(aigc[key] ?? ''))}`), '---']
  const body = [`# ${run.question.replace(/\s+/g, ' ')}`, `${words.asked} ${run.asked_at}`]
  if (run.label) body.push(`> ${run.label.text}`)
  body.push(run.answer ?? '')
  if (run.citations.length > 0) {
    const cited = run.citations.map((citation) => `${citation.n}. ${citation.document} ${citation.label}\n   > ${citation.quote.replace(/\s*\n\s*/g, ' ')}`)
    body.push(`## ${words.sources}`, cited.join('\n'))
  }
  for (const notice of run.notices) body.push(notice.text)
  if (run.label) body.push(run.label.text)
  return `${front.join('\n')}\n\n${body.join('\n\n')}\n`
}

export function saveFile(name: string, text: string, type = 'text/markdown;charset=utf-8') {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
