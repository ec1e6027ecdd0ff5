/** An answer as it is read: paragraphs and lists, superscript citations, and claims without support marked. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Citation, Claim } from '~/api/types'
import { claimReason } from './claims'
import { type Block, layoutAnswer, type Span } from './layoutAnswer'
import './ask.css'

type TextSpan = Extract<Span, { kind: 'text' }>

type Props = {
  answer: string
  claims?: Claim[]
  citations?: Citation[]
  active?: number | null
  streaming?: boolean
  onCite?: (citation: Citation) => void
}

export function AnswerText({ answer, claims, citations = [], active, streaming, onCite }: Props) {
  const { t } = useTranslation('ask')
  const blocks = useMemo(() => layoutAnswer(answer, claims, citations.map((one) => one.n)), [answer, claims, citations])
  const cites = (numbers: number[]) =>
    numbers.map((n) => {
      const citation = citations.find((one) => one.n === n)
      if (!citation) return null
      const label = t('cite', { n, document: citation.document, label: citation.label })
      return (
        <sup key={n}>
          <button type="button" className={`cite${active === n ? ' active' : ''}`} data-testid={`cite-${n}`} aria-label={label} title={`${citation.document} ${citation.label}`} onClick={() => onCite?.(citation)}>
            {n}
          </button>
        </sup>
      )
    })
  const words = (span: TextSpan, text: string) => {
    const shown = span.strong ? <strong>{text}</strong> : text
    if (!span.verdict || span.verdict === 'supported') return shown
    return (
      <mark className={`claim ${span.verdict}`} title={claimReason({ verdict: span.verdict, why: span.why }, t)}>
        {shown}
      </mark>
    )
  }
  /** A superscript stays on the line of the character it follows. */
  const drawSpans = (spans: Span[]) =>
    spans.map((span, at) => {
      const before = spans[at - 1]
      const after = spans[at + 1]
      if (span.kind === 'cite') return before?.kind === 'text' ? null : <span key={at}>{cites(span.numbers)}</span>
      const last = after?.kind === 'cite' ? ([...span.text].at(-1) ?? '') : ''
      const head = span.text.slice(0, span.text.length - last.length)
      const doubtful = span.verdict !== null && span.verdict !== 'supported' && after?.kind !== 'text'
      return (
        <span key={at}>
          {head !== '' && words(span, head)}
          {after?.kind === 'cite' && (
            <span className="nowrap">
              {words(span, last)}
              {cites(after.numbers)}
            </span>
          )}
          {doubtful && <span className="visually-hidden">{`（${t(`verdict.${span.verdict}`)}）`}</span>}
        </span>
      )
    })
  return <div className={`answer-text${streaming ? ' streaming' : ''}`}>{groups(blocks).map((group, at) => drawGroup(group, at, drawSpans))}</div>
}

/** Neighbouring items are one list. */
function groups(blocks: Block[]): Block[][] {
  const out: Block[][] = []
  for (const block of blocks) {
    const last = out.at(-1)
    if (block.kind === 'item' && last?.[0].kind === 'item') last.push(block)
    else out.push([block])
  }
  return out
}

function drawGroup(group: Block[], at: number, draw: (spans: Span[]) => React.ReactNode) {
  const [first] = group
  const spans = draw(first.spans)
  if (first.kind === 'heading') return <h4 key={at}>{spans}</h4>
  if (first.kind === 'quote') return <blockquote key={at}>{spans}</blockquote>
  if (first.kind === 'paragraph') return <p key={at}>{spans}</p>
  return (
    <ul key={at}>
      {group.map((block, index) => (
        <li key={index}>
          <span className="item-marker" aria-hidden="true">{block.marker}</span>
          <span>{draw(block.spans)}</span>
        </li>
      ))}
    </ul>
  )
}
