/** A document's articles with their outline: found by words, walked by keys, each with what stands around it. */
import { Empty, Skeleton } from 'antd'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { ArticleRow } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { useKeys } from '~/components/useKeys'
import { useMedia } from '~/components/useMedia'
import { useSettled } from '~/components/useSettled'
import { useArticles } from '~/features/knowledge/knowledge'
import { ArticleSide, useCopy } from './ArticleSide'
import { ArticleText } from './ArticleText'
import { FindBox } from './FindBox'
import { findPlaces } from './find'
import { OutlineTree } from './OutlineTree'
import { SelectionBar } from './SelectionBar'
import './reading.css'

type Props = { document: string; title: string; version: string | undefined }

export function ArticleReader({ document, title, version }: Props) {
  const { t } = useTranslation('reading')
  const articles = useArticles(document, version)
  if (articles.isPending) return <div className="panel panel-pad"><Skeleton active paragraph={{ rows: 8 }} /></div>
  if (articles.isError) return <ErrorCard error={articles.error} onRetry={() => void articles.refetch()} />
  if (articles.data.length === 0) return <div className="panel panel-pad"><Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('reader.empty')} /></div>
  return <Reader articles={articles.data} document={document} title={title} version={version} />
}

function Reader({ articles, document, title, version }: Props & { articles: ArticleRow[] }) {
  const { t } = useTranslation('reading')
  const [params, setParams] = useSearchParams()
  const wide = useMedia('(min-width: 960px)')
  const beside = useMedia('(min-width: 1280px)')
  const [typed, setTyped] = useState('')
  const words = useSettled(typed, 200)
  const [hit, setHit] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const finder = useRef<HTMLInputElement>(null)
  const copy = useCopy()
  const asked = params.get('article')
  const at = articles.findIndex((one) => one.id === asked)
  const current = at < 0 ? null : articles[at]
  const places = useMemo(() => findPlaces(articles, words), [articles, words])

  const open = useCallback(
    (id: string) =>
      setParams(
        (old) => {
          old.set('article', id)
          old.delete('quote')
          return old
        },
        { replace: true, preventScrollReset: true },
      ),
    [setParams],
  )
  const show = useCallback((selector: string, block: ScrollLogicalPosition) => {
    // Articles out of view have guessed heights until they come near: the place is set again while they settle.
    let times = 6
    const settle = () => {
      box.current?.querySelector(selector)?.scrollIntoView({ block })
      if (times-- > 0) requestAnimationFrame(settle)
    }
    settle()
  }, [])
  const quote = params.get('quote') ?? ''
  useEffect(() => {
    if (asked) show(quote ? `[data-article="${CSS.escape(asked)}"] mark` : `[data-article="${CSS.escape(asked)}"]`, quote ? 'center' : 'start')
  }, [asked, quote, show])

  const go = useCallback(
    (to: number) => {
      if (places.length === 0) return
      const next = (to + places.length) % places.length
      setHit(next)
      const marks = box.current?.querySelectorAll('mark.found') ?? []
      marks.forEach((mark, index) => mark.classList.toggle('active', index === next))
      show('mark.found.active', 'center')
    },
    [places.length, show],
  )
  const jump = useRef(go)
  jump.current = go
  useEffect(() => {
    if (places.length > 0) jump.current(0)
  }, [places])

  const step = (by: number) => {
    const next = articles[current ? at + by : 0]
    if (next) open(next.id)
  }
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    c: () => current && copy(t('copy.form', { title, label: current.label, text: current.text })),
    n: () => go(hit + 1),
    N: () => go(hit - 1),
    '/': () => finder.current?.focus(),
  })
  const side = current && <ArticleSide title={title} document={document} version={version} article={current} />
  const outline = <OutlineTree articles={articles} places={words.trim() === '' ? null : places} current={current?.id ?? null} onOpen={open} wide={wide} />
  return (
    <div className={`reader${beside && side ? ' with-side' : ''}`}>
      <aside className="panel reader-outline" aria-label={t('reader.outline')}>
        <FindBox ref={finder} typed={typed} onType={setTyped} hit={hit} found={words.trim() === '' ? null : places.length} onGo={(by) => go(hit + by)} />
        {outline}
      </aside>
      <div className="panel reader-text" ref={box} data-testid="reader">
        <p className="reader-keys">{t('reader.keys')}</p>
        {articles.map((article, index) => {
          const path = article.path.join(' › ')
          const here = article.id === current?.id
          return (
            <section key={article.id} data-article={article.id} className={`reader-article${here ? ' current' : ''}`} data-testid={here ? 'current-article' : undefined}>
              {path !== '' && path !== articles[index - 1]?.path.join(' › ') && <h3>{path}</h3>}
              <ArticleText article={article} words={words} quote={here ? quote : ''} onOpen={open} />
              {here && !beside && <div className="side-inline">{side}</div>}
            </section>
          )
        })}
        <SelectionBar box={box} link={(id, text) => `${window.location.origin}/documents/${document}?${new URLSearchParams({ article: id, ...(version ? { version } : {}), quote: text })}`} />
      </div>
      {beside && side && <aside className="panel reader-side" aria-label={t('side')}>{side}</aside>}
    </div>
  )
}
