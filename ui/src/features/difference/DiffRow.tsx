/** One article of the comparison: both texts side by side, or one text with both kinds of marks where there is no room. */
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { DiffItem } from '~/api/types'
import { sidePieces } from './difference'

type Props = { item: DiffItem; path: string; wide: boolean; here: boolean }

export const DiffRow = memo(function DiffRow({ item, path, wide, here }: Props) {
  const { t } = useTranslation('difference')
  const changed = item.kind !== 'same'
  return (
    <>
      {path !== '' && <h3 className="diff-path">{path}</h3>}
      <article className={`diff-row ${item.kind}${here ? ' here' : ''}`} data-change={changed ? '' : undefined} data-kind={item.kind} data-testid="diff-row" aria-current={here || undefined}>
        <h4>
          {item.left?.label && item.right?.label && item.left.label !== item.right.label ? `${item.left.label} → ${item.right.label}` : item.label}
          {changed && <span className={`diff-kind ${item.kind}`}>{t(`kind.${item.kind}`)}</span>}
        </h4>
        {wide ? (
          <div className="diff-sides">
            <Side item={item} side="left" />
            <Side item={item} side="right" />
          </div>
        ) : (
          <p className="diff-text">
            {item.kind === 'changed'
              ? item.spans.map((span, at) => (span.op === 'equal' ? <span key={at}>{span.text}</span> : span.op === 'delete' ? <del key={at}>{span.text}</del> : <ins key={at}>{span.text}</ins>))
              : (item.right ?? item.left)?.text}
          </p>
        )}
      </article>
    </>
  )
})

function Side({ item, side }: { item: DiffItem; side: 'left' | 'right' }) {
  const { t } = useTranslation('difference')
  const pieces = sidePieces(item, side)
  if (pieces.length === 0) return <p className="diff-text missing">{t(side === 'left' ? 'notBefore' : 'notAfter')}</p>
  const Mark = side === 'left' ? 'del' : 'ins'
  return <p className={`diff-text ${side}`}>{pieces.map((piece, at) => (piece.marked ? <Mark key={at}>{piece.text}</Mark> : <span key={at}>{piece.text}</span>))}</p>
}
