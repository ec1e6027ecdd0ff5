/** The cited articles beside the draft, with the quoted words marked. */
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Review } from '~/api/types'
import { ValidityBadge } from '~/components/ValidityBadge'
import { Quoted } from '~/features/ask/Quoted'

export function ReviewSources({ sources, active }: { sources: Review['sources']; active: number | null }) {
  const { t } = useTranslation(['reviews', 'ask'])
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    if (active !== null) list.current?.querySelector(`[data-n="${active}"]`)?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }, [active])
  return (
    <section className="panel panel-pad">
      <div className="desk-title"><h2>{t('sources', { n: sources.length })}</h2></div>
      <ul className="review-sources" ref={list}>
        {sources.map((source) => (
          <li key={source.n} data-n={source.n} className={active === source.n ? 'active' : ''} data-testid={`review-source-${source.n}`}>
            <div className="review-source-head">
              <span className="n">{source.n}</span>
              <a href={`/documents/${source.document_id}?article=${encodeURIComponent(source.article_id)}`} target="_blank" rel="noreferrer">
                {source.document} {source.label}
              </a>
              <ValidityBadge validity={source.validity} dates />
            </div>
            <div className="source-text"><Quoted text={source.text || source.quote} quote={source.quote} /></div>
          </li>
        ))}
      </ul>
    </section>
  )
}
