/** Versions, timelines, citations between articles, conflicts, gaps and freshness of the stand-in server. */
import { documents, search } from './mock-texts.mjs'

const today = () => new Date().toISOString().slice(0, 10)

/** The labour contract law has an older text, so that there is something to compare; so has what was uploaded twice. */
export const versionsOf = (document) =>
  document.before || document.id === 'doc-labour'
    ? [
        { id: 'version_2', number: 2, title: document.title, imported_at: '2026-11-20T02:30:00Z', current: true, articles: document.articles, validity: document.validity },
        { id: 'version_1', number: 1, title: document.title, imported_at: '2026-11-02T01:10:00Z', current: false, articles: document.articles, validity: { status: 'amended', from: '2008-01-01', until: '2013-06-30' } },
      ]
    : [{ id: 'version_1', number: 1, title: document.title, imported_at: document.imported_at, current: true, articles: document.articles, validity: document.validity }]

/** The text of an article as it stood in the older version. */
const before = (text) => text.replaceAll('三个月', '九十日').replace('用人单位应当', '用人单位须')

export const articlesOf = (document, version) => {
  const list = document.list ?? []
  if (document.before && version === 'version_1') return document.before
  return document.id === 'doc-labour' && version === 'version_1' ? list.filter((_, at) => at !== 60).map((one) => ({ ...one, text: before(one.text) })) : list
}

/** What stands between the equal ends of two texts. */
function spans(left, right) {
  if (left === right) return [{ op: 'equal', text: left }]
  let head = 0
  while (head < left.length && left[head] === right[head]) head++
  let tail = 0
  while (tail < left.length - head && tail < right.length - head && left.at(-1 - tail) === right.at(-1 - tail)) tail++
  const cut = (text) => text.slice(head, text.length - tail)
  return [
    { op: 'equal', text: left.slice(0, head) },
    { op: 'delete', text: cut(left) },
    { op: 'insert', text: cut(right) },
    { op: 'equal', text: left.slice(left.length - tail) },
  ].filter((span) => span.text !== '')
}
export function difference(document, from, to) {
  const versions = versionsOf(document)
  const right = versions.find((one) => one.id === to) ?? versions[0]
  const left = versions.find((one) => one.id === from) ?? versions.at(-1)
  const old = new Map(articlesOf(document, left.id).map((one) => [one.label, one]))
  const side = (one) => one && { article_id: one.id, text: one.text }
  const items = articlesOf(document, right.id).map((now) => {
    const was = old.get(now.label)
    old.delete(now.label)
    const kind = !was ? 'added' : was.text === now.text ? 'same' : 'changed'
    return { kind, label: now.label, path: now.path, left: side(was) ?? null, right: side(now), spans: was ? spans(was.text, now.text) : [{ op: 'insert', text: now.text }] }
  })
  for (const was of old.values()) items.push({ kind: 'removed', label: was.label, path: was.path, left: side(was), right: null, spans: [{ op: 'delete', text: was.text }] })
  const counts = { same: 0, changed: 0, added: 0, removed: 0 }
  for (const item of items) counts[item.kind]++
  return { from: left, to: right, counts, items }
}

export function timeline(document) {
  if (document.id !== 'doc-labour') {
    const { status, from, until, note } = document.validity
    return { title: document.title, today: today(), items: [{ document_id: document.id, version_id: 'version_1', title: document.title, status, from, until, why: note ?? null, current: true }], replaced_by: null, replaces: [] }
  }
  return {
    title: document.title,
    today: today(),
    items: [
      { document_id: 'doc-labour', version_id: 'version_1', title: '中华人民共和国劳动合同法（2007年文本）', status: 'superseded', from: '2008-01-01', until: '2013-06-30', why: '被 2012 年修正文本取代', current: false },
      { document_id: 'doc-labour', version_id: 'version_2', title: document.title, status: 'in_force', from: '2013-07-01', until: null, why: '第十一届全国人民代表大会常务委员会第三十次会议修正', current: true },
      { document_id: 'doc-46', version_id: null, title: '中华人民共和国劳动合同法（2027年修订）', status: 'not_yet_in_force', from: '2027-07-01', until: null, why: '已公布，尚未施行', current: false },
    ],
    replaced_by: null,
    replaces: [{ document_id: 'doc-5', title: '违反和解除劳动合同的经济补偿办法' }],
  }
}

const where = (id) => {
  const document = documents.find((one) => one.list?.some((article) => article.id === id))
  return document && { document, article: document.list.find((article) => article.id === id) }
}
const mention = ({ document, article }, kind, excerpt) => ({ article_id: article.id, document_id: document.id, document: document.title, label: article.label, path: article.path, excerpt: excerpt ?? article.text.slice(0, 60), kind })

/** Who names whom: 第…条 inside the text of the same document. */
export function cites(id) {
  const at = where(id)
  if (!at) return { items: [], next: null }
  const labels = new Set([...at.article.text.matchAll(/第[零一二三四五六七八九十百]+条/g)].map((found) => found[0]))
  return { items: at.document.list.filter((one) => labels.has(one.label)).map((article) => mention({ document: at.document, article }, 'cites')), next: null }
}
export function citedBy(id) {
  const at = where(id)
  if (!at) return { items: [], next: null }
  const items = documents.flatMap((document) => (document.list ?? []).filter((one) => one.id !== id && document === at.document && one.text.includes(at.article.label)).map((article) => {
    const place = article.text.indexOf(at.article.label)
    return mention({ document, article }, 'cites', article.text.slice(Math.max(0, place - 24), place + 40))
  }))
  return { items, next: null }
}
export function conflicts(id) {
  const at = where(id)
  if (at?.article.label !== '第三十九条' || at.document.id !== 'doc-labour') return { items: [] }
  const other = documents.find((one) => one.id === 'doc-fund')
  return { items: [{ ...mention({ document: other, article: other.list[14] }, 'cites'), text: other.list[14].text, rule: 'higher_authority', prevails: 'this', why: '法律的效力高于行政法规（立法法第九十九条）' }] }
}

export const gaps = (collection) => ({
  items: collection === 'internal_rules' ? [] : [
    { question: '房东不退押金怎么办', count: 14, last_at: new Date(Date.now() - 3_600_000).toISOString() },
    { question: '外地医保卡在成都怎么用', count: 6, last_at: new Date(Date.now() - 86_400_000).toISOString() },
    { question: '灵活就业人员能缴公积金吗', count: 3, last_at: new Date(Date.now() - 6 * 86_400_000).toISOString() },
  ],
})

export function freshness(collection) {
  const inside = documents.filter((one) => one.collection === collection)
  const count = (status) => inside.filter((one) => one.validity.status === status).length
  const named = (one) => ({ document_id: one.id, title: one.title })
  const soon = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10)
  return {
    documents: inside.length, in_force: count('in_force') + count('amended'), not_yet: count('not_yet_in_force'), superseded: Math.min(2, count('repealed')), repealed: Math.max(0, count('repealed') - 3), expired: Math.min(1, count('repealed')), unknown: count('unknown'),
    expiring: inside.filter((one) => one.validity.status === 'in_force').slice(1, 4).map((one) => ({ ...named(one), until: soon })),
    oldest_import: inside.map((one) => one.imported_at).sort()[0] ?? null,
    newest_import: inside.map((one) => one.imported_at).sort().at(-1) ?? null,
    without_dates: inside.filter((one) => one.validity.status === 'unknown').slice(0, 7).map(named),
  }
}

/** A search with the parts of each score and both ranks. */
export function explained({ query, collection, top = 10, as_of, mode, region }) {
  const found = search(query, [collection], 50, as_of)
  const byVector = [...found.hits].sort((a, b) => b.text.length - a.text.length)
  const hits = found.hits.slice(0, top).map((hit, at) => {
    const vector = mode === 'words_only' ? 0 : Math.max(0, hit.score * 0.7 - at * 0.01)
    const parts = { words: hit.score * 0.6, vector, title: hit.score * 0.12, context: at % 2 ? 0.06 : 0, authority: hit.document.includes('法') ? 0.08 : 0.04, freshness: at === 3 ? -0.05 : 0.02 }
    const total = Object.values(parts).reduce((sum, value) => sum + value, 0)
    return { ...hit, score: total, parts: { ...parts, total }, rank_words: at + 1, rank_vector: mode === 'words_only' ? null : byVector.indexOf(hit) + 1 }
  }).sort((a, b) => b.score - a.score)
  const filtered = [
    ...found.filtered.map((one) => ({ ...one, examples: [{ document_id: 'doc-labour', document: '中华人民共和国劳动合同法', label: '第八十二条', why: '2013-07-01 起施行' }] })),
    { reason: 'repealed', count: 4, examples: [{ document_id: 'doc-5', document: '工伤保险条例（1985年文本）', label: '第十二条', why: '2020-12-31 废止' }] },
    ...(region ? [{ reason: 'region', count: 2, examples: [{ document_id: 'doc-fund', document: '住房公积金管理条例', label: '第三条', why: '适用区划 510100' }] }] : []),
  ]
  return { hits, filtered, took_ms: 3.2, confidence: 0.62, has_basis: hits.length > 0, mode: mode ?? 'hybrid', why: mode === 'words_only' ? 'asked' : null }
}

/** The pages of a document; defects stand on theirs. */
export function pages(document) {
  const size = 6
  const list = document.list ?? []
  const items = []
  const count = Math.max(1, Math.ceil(list.length / size), ...document.defects.map((one) => one.page ?? 1))
  for (let n = 1; n <= count; n++) {
    const defects = document.defects.filter((one) => one.page === n)
    const scanned = defects.some((one) => one.code === 'documents.needs_ocr')
    items.push({ n, text: scanned ? '' : list.slice((n - 1) * size, n * size).map((one) => `${one.label} ${one.text}`).join('\n'), defects })
  }
  return { pages: count, items, next: null }
}
