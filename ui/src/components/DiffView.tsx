/** The difference between two texts, readable without colour too. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { diff } from './diff'

export function DiffView({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation('reviews')
  const pieces = useMemo(() => diff(before, after), [before, after])
  if (before === after) return <p className="muted">{t('edit.same')}</p>
  return (
    <div className="diff" data-testid="diff">
      {pieces.map((piece, index) =>
        piece.kind === 'same' ? <span key={index}>{piece.text}</span> : piece.kind === 'added' ? <ins key={index}>{piece.text}</ins> : <del key={index}>{piece.text}</del>,
      )}
    </div>
  )
}
