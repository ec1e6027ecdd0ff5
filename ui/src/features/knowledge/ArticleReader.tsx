/** A document's articles with their outline: find one by its number or its words. */
import { SearchOutlined } from '@ant-design/icons'
import { Empty, Input, Skeleton, Tree } from 'antd'
import { type ComponentRef, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ArticleRow } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { useMedia } from '~/components/useMedia'
import { Quoted } from '~/features/ask/Quoted'
import { outline, useArticles } from './knowledge'

type Props = { document: string; version: string | undefined; wanted: string | null }

export function ArticleReader({ document, version, wanted }: Props) {
  const { t } = useTranslation('knowledge')
  const articles = useArticles(document, version)
  if (articles.isPending) return <div className="panel panel-pad"><Skeleton active paragraph={{ rows: 8 }} /></div>
  if (articles.isError) return <ErrorCard error={articles.error} onRetry={() => void articles.refetch()} />
  if (articles.data.length === 0) return <div className="panel panel-pad"><Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('reader.empty')} /></div>
  return <Reader articles={articles.data} wanted={wanted} />
}

function Reader({ articles, wanted }: { articles: ArticleRow[]; wanted: string | null }) {
  const { t } = useTranslation('knowledge')
  const wide = useMedia('(min-width: 960px)')
  const [filter, setFilter] = useState('')
  const [current, setCurrent] = useState(wanted)
  const box = useRef<HTMLDivElement>(null)
  const shown = useMemo(() => {
    const words = filter.trim()
    return words === '' ? articles : articles.filter((one) => one.label.includes(words) || one.text.includes(words) || one.path.some((part) => part.includes(words)))
  }, [articles, filter])
  const tree = useMemo(() => outline(shown), [shown])
  const trunk = useRef<ComponentRef<typeof Tree>>(null)
  const open = useCallback((id: string) => {
    setCurrent(id)
    // Articles out of view have guessed heights until they come near: the place is set again while they settle.
    let times = 6
    const settle = () => {
      box.current?.querySelector(`[data-article="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'start' })
      if (times-- > 0) requestAnimationFrame(settle)
    }
    settle()
  }, [])
  useEffect(() => {
    if (!wanted) return
    open(wanted)
    trunk.current?.scrollTo({ key: wanted, align: 'auto' })
  }, [open, wanted])
  return (
    <div className="reader">
      <aside className="panel reader-outline" aria-label={t('reader.outline')}>
        <Input allowClear size="small" prefix={<SearchOutlined />} placeholder={t('reader.find')} aria-label={t('reader.find')} value={filter} onChange={(event) => setFilter(event.target.value)} />
        {wide && (
          <Tree
            key={filter === '' ? 'all' : 'some'}
            ref={trunk}
            treeData={tree}
            height={Math.max(320, window.innerHeight - 110)}
            blockNode
            defaultExpandAll={articles.length < 200 || filter !== ''}
            defaultExpandParent
            defaultExpandedKeys={wanted ? [wanted] : []}
            selectedKeys={current ? [current] : []}
            onSelect={(_, { node }) => open(node.children ? (node.key.split('#').at(-1) ?? node.key) : node.key)}
          />
        )}
      </aside>
      <div className="panel reader-text" ref={box} data-testid="reader">
        {shown.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('reader.nothing')} />}
        {shown.map((article, index) => {
          const path = article.path.join(' › ')
          const fresh = path !== '' && path !== shown[index - 1]?.path.join(' › ')
          return (
            <section key={article.id} data-article={article.id} className={`reader-article${article.id === current ? ' current' : ''}`} data-testid={article.id === current ? 'current-article' : undefined}>
              {fresh && <h3>{path}</h3>}
              <h4>{article.label}</h4>
              <Quoted text={article.text} quote={filter.trim()} />
            </section>
          )
        })}
      </div>
    </div>
  )
}
