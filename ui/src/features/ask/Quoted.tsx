/** A legal text in paragraphs with the quoted words marked. */
import type { Ref } from 'react'
import { locate } from './layoutAnswer'

type Props = { text: string; quote?: string; markRef?: Ref<HTMLElement> }

export function Quoted({ text, quote = '', markRef }: Props) {
  const range = quote ? locate(text, quote.replace(/^[…\s]+|[…\s]+$/g, '')) : null
  let offset = 0
  let first = true
  return text.split('\n').map((line, index) => {
    const start = offset
    offset += line.length + 1
    if (line.trim() === '') return null
    const from = range ? Math.max(range[0] - start, 0) : line.length
    const to = range ? Math.min(range[1] - start, line.length) : line.length
    if (from >= to) return <p key={index}>{line}</p>
    const ref = first ? markRef : undefined
    first = false
    return (
      <p key={index}>
        {line.slice(0, from)}
        <mark className="quoted" ref={ref} data-testid="quote">{line.slice(from, to)}</mark>
        {line.slice(to)}
      </p>
    )
  })
}
