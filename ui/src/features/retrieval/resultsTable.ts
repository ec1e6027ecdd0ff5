/** What was found, as a table for a spreadsheet. */
import type { Found } from '~/api/types'
import { csv } from '~/features/difference/difference'
import type { Probe } from './retrieval'

type Say = (key: string, values?: Record<string, unknown>) => string

export function resultsTable(columns: { probe: Probe; found: Found }[], t: Say): string {
  const names = [...new Set(columns.flatMap(({ found }) => found.hits.flatMap((hit) => Object.keys(hit.parts ?? {}))))].filter((name) => name !== 'total').sort()
  const part = (name: string) => t(`part.${name}`, { defaultValue: name })
  const head = ['query', 'as_of', 'rank', 'score', 'document', 'label', 'article_id', 'validity', 'rank_words', 'rank_vector', 'text'].map((name) => t(`file.${name}`))
  const rows = columns.flatMap(({ probe, found }) =>
    found.hits.map((hit, at) => [
      probe.query, probe.asOf ?? t('retrieval:today'), at + 1, hit.score, hit.document, hit.label, hit.article_id, t(`common:validity.${hit.validity.status}`), hit.rank_words, hit.rank_vector, hit.text,
      ...names.map((name) => hit.parts?.[name] ?? 0),
    ]),
  )
  return csv([[...head, ...names.map(part)], ...rows])
}
