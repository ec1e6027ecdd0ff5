/** A source under an answer: its number, its name, whether it is law, and what took its place. */
import { useTranslation } from 'react-i18next'
import type { Citation } from '~/api/types'
import { TONES } from '~/components/ValidityBadge'

type Props = { citation: Citation; active?: boolean; onCite: (citation: Citation) => void; open?: (document: string) => string }

export function CitationChip({ citation, active, onCite, open }: Props) {
  const { t } = useTranslation('ask')
  const { status, from, until, replaced_by: heir } = citation.validity
  const inForce = status === 'in_force'
  const span = [from && t('common:validity.from', { date: from }), until && t('common:validity.until', { date: until })].filter(Boolean).join(' ')
  return (
    <span className="chip-group">
      <button
        type="button"
        className={`source-chip${active ? ' active' : ''}${inForce ? '' : ' doubtful'}`}
        onClick={() => onCite(citation)}
        title={[t(`common:validity.${status}`), span].filter(Boolean).join(' · ')}
        data-testid={`source-${citation.n}`}
      >
        <span className="n">{citation.n}</span>
        <span className="name">
          {citation.document} {citation.label}
        </span>
        {inForce ? <span className="in-force" role="img" aria-label={t('common:validity.in_force')} /> : <span className={`badge ${TONES[status] ?? ''}`}>{t(`common:validity.${status}`)}</span>}
      </button>
      {heir && (
        <span className="chip-heir">
          {t('heir')} {open && heir.document_id ? <a href={open(heir.document_id)}>{t('book', { title: heir.title })}</a> : t('book', { title: heir.title })}
        </span>
      )}
    </span>
  )
}
