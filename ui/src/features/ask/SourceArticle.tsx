/** The cited article in its document: where it stands, whether it is law today, the quoted words marked, its neighbours. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, query } from '~/api/client'
import type { Article, Citation } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { ValidityBadge } from '~/components/ValidityBadge'
import { Quoted } from './Quoted'

type Props = { citation: Citation; open?: (document: string, article: string) => string }

export function SourceArticle({ citation, open }: Props) {
  const { t } = useTranslation('ask')
  const [shown, setShown] = useState(citation.article_id)
  useEffect(() => setShown(citation.article_id), [citation])
  const cited = shown === citation.article_id
  const version = cited ? citation.version_id : undefined
  const article = useQuery({
    queryKey: ['article', shown, version],
    queryFn: ({ signal }) => get<Article>(`/articles/${encodeURIComponent(shown)}${query({ version })}`, signal),
    staleTime: 300_000,
  })
  const mark = useRef<HTMLElement>(null)
  useEffect(() => {
    if (article.data && cited) mark.current?.scrollIntoView({ block: 'nearest' })
  }, [article.data, cited])
  const validity = article.data?.document.validity ?? citation.validity
  const heir = citation.validity.replaced_by ?? validity?.replaced_by
  const path = article.data?.path ?? citation.path
  return (
    <article className="source" data-testid="source-article">
      <header className="source-head">
        <h3>{article.data?.document.title ?? citation.document}</h3>
        <ValidityBadge validity={cited ? citation.validity : validity} dates />
        {validity?.note && <p className="source-note">{validity.note}</p>}
        {heir && (
          <p className="source-heir">
            {t('heir')} {open && heir.document_id ? <a href={open(heir.document_id, '')}>{t('book', { title: heir.title })}</a> : t('book', { title: heir.title })}
          </p>
        )}
        {path.length > 0 && <p className="source-path">{path.join(' › ')}</p>}
      </header>
      {article.isError && (
        <>
          <ErrorCard error={article.error} onRetry={() => void article.refetch()} />
          {cited && <blockquote className="source-quote">{citation.quote}</blockquote>}
        </>
      )}
      {article.isPending && <div className="source-loading" role="status" aria-label={t('common:loading')}><div className="spin" /></div>}
      {article.data && (
        <>
          <div className="source-text" data-testid="source-text">
            <h4>{article.data.label}</h4>
            <Quoted text={article.data.text} quote={cited ? citation.quote : ''} markRef={mark} />
          </div>
          <nav className="source-nav" aria-label={t('source.neighbours')}>
            <button type="button" className="plain-button" disabled={!article.data.previous} onClick={() => article.data.previous && setShown(article.data.previous.id)}>
              ‹ {article.data.previous?.label ?? t('source.first')}
            </button>
            {!cited && (
              <button type="button" className="link-button" onClick={() => setShown(citation.article_id)}>
                {t('source.back', { label: citation.label })}
              </button>
            )}
            <button type="button" className="plain-button" disabled={!article.data.next} onClick={() => article.data.next && setShown(article.data.next.id)}>
              {article.data.next?.label ?? t('source.last')} ›
            </button>
          </nav>
        </>
      )}
      {open && (
        <a className="source-open" href={open(citation.document_id, shown)} data-testid="open-document">
          {t('source.open')} →
        </a>
      )}
    </article>
  )
}
