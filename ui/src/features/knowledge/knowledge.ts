/** Collections and their documents, from the server. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { get, query } from '~/api/client'
import type { ArticleRow, Collection, DocumentFull, DocumentRow, EmbeddingEndpoint, Page } from '~/api/types'

export const useCollections = () =>
  useQuery({ queryKey: ['collections'], queryFn: ({ signal }) => get<{ items: Collection[] }>('/collections', signal), select: (page) => page.items })

export const useCollection = (id: string) =>
  useQuery({ queryKey: ['collection', id], queryFn: ({ signal }) => get<Collection>(`/collections/${encodeURIComponent(id)}`, signal) })

/** The embedding endpoints that collections can name; none where the configuration has none, or for who may not see them. */
export const useEmbeddings = () =>
  useQuery({ queryKey: ['embeddings'], queryFn: ({ signal }) => get<{ items: EmbeddingEndpoint[] }>('/embeddings', signal), select: (page) => page.items, retry: false, staleTime: 60_000 })

export function useDocuments(collection: string, q: string, after: string | null) {
  return useQuery({
    queryKey: ['documents', collection, q, after],
    queryFn: ({ signal }) => get<Page<DocumentRow>>(`/collections/${encodeURIComponent(collection)}/documents${query({ q, after, limit: 20 })}`, signal),
    placeholderData: keepPreviousData,
    // A row that is being imported is watched until it is ready or failed.
    refetchInterval: (state) => (state.state.data?.items.some((row) => row.state === 'importing') ? 2_000 : false),
  })
}

export const useDocument = (id: string) =>
  useQuery({ queryKey: ['document', id], queryFn: ({ signal }) => get<DocumentFull>(`/documents/${encodeURIComponent(id)}`, signal) })

export const useArticles = (id: string, version: string | undefined) =>
  useQuery({
    queryKey: ['articles', id, version],
    queryFn: ({ signal }) => get<{ items: ArticleRow[] }>(`/documents/${encodeURIComponent(id)}/articles${query({ version })}`, signal),
    select: (page) => page.items,
    staleTime: 300_000,
  })

/** The name of who imported a document; a bare id says nothing to a reader. */
export function personName(person: DocumentRow['imported_by']): string {
  const name = typeof person === 'string' ? person : (person?.name ?? '')
  return /^(user|visitor|system):/.test(name) ? '' : name
}

export type Outline = { key: string; title: string; children?: Outline[] }

/** The tree of parts, chapters and sections over a list of articles. */
export function outline(articles: ArticleRow[]): Outline[] {
  const roots: Outline[] = []
  for (const article of articles) {
    let level = roots
    let key = ''
    for (const part of article.path) {
      key += `/${part}`
      let node = level.at(-1)
      if (!node || node.title !== part || !node.children) {
        node = { key: `${key}#${article.id}`, title: part, children: [] }
        level.push(node)
      }
      level = node.children ?? []
    }
    level.push({ key: article.id, title: article.label })
  }
  return roots
}
