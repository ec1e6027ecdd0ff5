/** An answer that is copied: its AI-generated label goes with it (GB 45438-2025 §5.1, §6). Files are written by the server. */
import type { Run } from '~/api/types'

export type Words = { sources: string }

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

export function saveFile(name: string, text: string, type = 'text/markdown;charset=utf-8') {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
