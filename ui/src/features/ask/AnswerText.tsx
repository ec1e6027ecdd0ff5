/** An answer as it is read: paragraphs and lists, superscript citations, and claims without support marked. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Citation, Claim } from '~/api/types'
import { claimReason } from './claims'
import { type Block, layoutAnswer, type Span } from './layoutAnswer'
import './ask.css'

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
  const draw = (span: Span, key: number) => {
    if (span.kind === 'cite') {
      return span.numbers.map((n) => {
        const citation = citations.find((one) => one.n === n)
        if (!citation) return null
        const label = t('cite', { n, document: citation.document, label: citation.label })
        return (
          <sup key={`${key}-${n}`}>
            {'\u2060'}
            <button type="button" className={`cite${active === n ? ' active' : ''}`} data-testid={`cite-${n}`} aria-label={label} title={`${citation.document} ${citation.label}`} onClick={() => onCite?.(citation)}>
              {n}
            </button>
          </sup>
        )
      })
    }
    const text = span.strong ? <strong>{span.text}</strong> : span.text
    if (!span.verdict || span.verdict === 'supported') return <span key={key}>{text}</span>
    return (
      <mark key={key} className={`claim ${span.verdict}`} title={claimReason({ verdict: span.verdict, why: span.why }, t)}>
        {text}
        <span className="visually-hidden">{`（${t(`verdict.${span.verdict}`)}）`}</span>
      </mark>
    )
  }
  return <div className={`answer-text${streaming ? ' streaming' : ''}`}>{groups(blocks).map((group, at) => drawGroup(group, at, draw))}</div>
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

function drawGroup(group: Block[], at: number, draw: (span: Span, key: number) => React.ReactNode) {
  const [first] = group
  const spans = first.spans.map(draw)
  if (first.kind === 'heading') return <h4 key={at}>{spans}</h4>
  if (first.kind === 'quote') return <blockquote key={at}>{spans}</blockquote>
  if (first.kind === 'paragraph') return <p key={at}>{spans}</p>
  return (
    <ul key={at}>
      {group.map((block, index) => (
        <li key={index}>
          <span className="item-marker" aria-hidden="true">{block.marker}</span>
          <span>{block.spans.map(draw)}</span>
        </li>
      ))}
    </ul>
  )
}
