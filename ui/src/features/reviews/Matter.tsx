/** What is reviewed when it is no answer: a correction in its own shape, anything else field by field. */
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Review } from '~/api/types'
import { DiffView } from '~/components/DiffView'
import { RefusalMatter } from '~/features/refusals/RefusalMatter'

type CorrectionPayload = { question: string; wrong: string; right: string; articles: { n: number; document_id: string; article_id: string; document: string; label: string }[]; valid_until: string | null; never_stale: boolean }

export function Matter({ review }: { review: Review }) {
  const { t } = useTranslation('reviews')
  const payload = (review.payload ?? {}) as Record<string, unknown>
  if (review.kind === 'refusal') return <RefusalMatter review={review} />
  if (review.kind !== 'correction') {
    return (
      <section className="panel panel-pad" data-testid="matter">
        <div className="desk-title"><h2>{t('matter.title')}</h2></div>
        <dl className="matter">
          <div><dt>{t('matter.subject')}</dt><dd className="mono">{review.subject}</dd></div>
          {Object.entries(payload).map(([key, value]) => (
            <div key={key}><dt>{key}</dt><dd className="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</dd></div>
          ))}
        </dl>
      </section>
    )
  }
  const correction = review.payload as CorrectionPayload
  return (
    <section className="panel panel-pad" data-testid="matter">
      <div className="desk-title"><h2>{t('matter.correction')}</h2><Link to={`/corrections?open=${encodeURIComponent(review.subject)}`}>{t('matter.openLibrary')}</Link></div>
      <DiffView before={correction.wrong} after={correction.right} />
      <ul className="matter-articles">
        {correction.articles.map((one) => (
          <li key={one.n}>[{one.n}] <Link to={`/documents/${one.document_id}?article=${encodeURIComponent(one.article_id)}`}>{one.document} {one.label}</Link></li>
        ))}
      </ul>
      <p className="muted">{correction.never_stale ? t('matter.neverStale') : correction.valid_until ? t('matter.until', { day: correction.valid_until }) : t('matter.oneYear')}</p>
    </section>
  )
}
