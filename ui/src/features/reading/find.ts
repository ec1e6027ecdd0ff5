/** Finding words inside a document: every place, in reading order. */
import type { ArticleRow } from '~/api/types'

export type Place = { article: string; at: number }

/** Matches ignore letter case; a label such as 第三十九条 counts as a place of its own, written as at -1. */
export function findPlaces(articles: ArticleRow[], words: string): Place[] {
  const needle = words.trim().toLowerCase()
  if (needle === '') return []
  return articles.flatMap((article) => {
    const places: Place[] = article.label.toLowerCase() === needle ? [{ article: article.id, at: -1 }] : []
    const text = article.text.toLowerCase()
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) places.push({ article: article.id, at })
    return places
  })
}

/** Cuts a line into pieces, the found words marked. */
export function cut(line: string, words: string): { text: string; found: boolean }[] {
  const needle = words.trim().toLowerCase()
  if (needle === '') return [{ text: line, found: false }]
  const low = line.toLowerCase()
  const out = []
  let from = 0
  for (let at = low.indexOf(needle); at >= 0; at = low.indexOf(needle, from)) {
    if (at > from) out.push({ text: line.slice(from, at), found: false })
    out.push({ text: line.slice(at, at + needle.length), found: true })
    from = at + needle.length
  }
  if (from < line.length) out.push({ text: line.slice(from), found: false })
  return out
}
