/** The label and text of one article, with found or quoted words marked. Drawn again only when one of these changes. */
import { memo } from 'react'
import type { ArticleRow } from '~/api/types'
import { Quoted } from '~/features/ask/Quoted'
import { cut } from './find'

type Props = { article: ArticleRow; words: string; quote: string; onOpen: (id: string) => void }

export const ArticleText = memo(function ArticleText({ article, words, quote, onOpen }: Props) {
  const named = words.trim() !== '' && article.label.toLowerCase() === words.trim().toLowerCase()
  return (
    <>
      <h4>
        <button type="button" className="article-label" onClick={() => onOpen(article.id)}>{named ? <mark className="found">{article.label}</mark> : article.label}</button>
      </h4>
      {words.trim() === '' ? (
        <Quoted text={article.text} quote={quote} />
      ) : (
        article.text.split('\n').map((line, at) => <p key={at}>{cut(line, words).map((piece, index) => (piece.found ? <mark key={index} className="found">{piece.text}</mark> : <span key={index}>{piece.text}</span>))}</p>)
      )}
    </>
  )
})
