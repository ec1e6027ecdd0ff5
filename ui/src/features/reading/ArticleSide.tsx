/** What stands around one article: conflicts with the rule that decides, what it cites, what cites it. */
import { CopyOutlined, LinkOutlined } from '@ant-design/icons'
import { App, Button, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ArticleRow, Conflict, Mention } from '~/api/types'
import { query } from '~/api/client'
import { useConflicts, useMentions } from './reading'

type Props = { title: string; document: string; version: string | undefined; article: ArticleRow }

export const articleLink = (document: string, article: string, more: Record<string, string | undefined> = {}) => `/documents/${document}${query({ article, ...more })}`

export function useCopy() {
  const { t } = useTranslation('reading')
  const { message } = App.useApp()
  return (text: string) => {
    const write = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))
    void write.then(() => message.success(t('copy.done')), () => message.error(t('copy.not')))
  }
}

export function ArticleSide({ title, document, version, article }: Props) {
  const { t } = useTranslation('reading')
  const copy = useCopy()
  const conflicts = useConflicts(article.id)
  return (
    <div className="side" data-testid="article-side">
      <h3>{article.label}</h3>
      <div className="side-actions">
        <Button size="small" icon={<CopyOutlined />} onClick={() => copy(t('copy.form', { title, label: article.label, text: article.text }))} data-testid="copy-citation">{t('copy.citation')} <kbd>c</kbd></Button>
        <Button size="small" icon={<LinkOutlined />} onClick={() => copy(window.location.origin + articleLink(document, article.id, { version }))}>{t('copy.link')}</Button>
      </div>
      {conflicts.data?.map((one) => <ConflictCard key={one.article_id} conflict={one} />)}
      <Mentions article={article.id} side="cites" />
      <Mentions article={article.id} side="cited_by" />
    </div>
  )
}

function ConflictCard({ conflict }: { conflict: Conflict }) {
  const { t } = useTranslation('reading')
  return (
    <section className="note-card amber conflict" data-testid="conflict">
      <h4>{t('conflict.title')}</h4>
      <p><Link to={articleLink(conflict.document_id, conflict.article_id)}>{t('conflict.other', { document: conflict.document, label: conflict.label })}</Link></p>
      <p className="conflict-text">{conflict.text}</p>
      <p><strong>{t(`rule.${conflict.rule}`, { defaultValue: conflict.rule })}</strong>{t(`prevails.${conflict.prevails}`)}</p>
      {conflict.why && <p className="muted">{conflict.why}</p>}
    </section>
  )
}

function Mentions({ article, side }: { article: string; side: 'cites' | 'cited_by' }) {
  const { t } = useTranslation('reading')
  const found = useMentions(article, side)
  // Servers of before this call existed show nothing rather than an error at every article.
  if (found.isError) return null
  const items = found.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section className="mentions" data-testid={side} aria-label={t(`${side}.title`)}>
      <h4>{t(`${side}.title`)} {items.length > 0 && <span className="muted">{items.length}{found.hasNextPage && '+'}</span>}</h4>
      {found.isPending && <Skeleton active title={false} paragraph={{ rows: 2 }} />}
      {found.data && items.length === 0 && <p className="muted">{t(`${side}.none`)}</p>}
      <ul>{items.map((one, at) => <MentionLine key={one.article_id + at} mention={one} />)}</ul>
      {found.hasNextPage && <Button type="link" size="small" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t('common:more')}</Button>}
    </section>
  )
}

function MentionLine({ mention }: { mention: Mention }) {
  const { t } = useTranslation('reading')
  return (
    <li>
      <Link to={articleLink(mention.document_id, mention.article_id)}>{t('mention', { document: mention.document, label: mention.label })}</Link>
      {mention.kind !== 'cites' && <span className={`badge ${mention.kind === 'repeals' ? 'red' : 'amber'}`}>{t(`kind.${mention.kind}`)}</span>}
      <span className="mention-text">{mention.excerpt}</span>
    </li>
  )
}
