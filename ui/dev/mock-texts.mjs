/** Collections, documents and a word-counting search for the stand-in server. */
import { readFileSync } from 'node:fs'

export const collections = [
  { id: 'laws', name: '法律法规库', description: '国家法律、行政法规和司法解释，随国家法律法规数据库更新。', level: 'public', region: '000000', department: { id: 'sc', name: '四川省数据局' } },
  { id: 'housing_fund', name: '公积金政策库', description: '住房公积金归集、提取、贷款政策。', level: 'public', region: '510100', department: { id: 'cd', name: '成都市住房公积金管理中心' } },
  { id: 'internal_rules', name: '内部制度库', description: '本单位内部管理制度，仅限工作人员。', level: 'internal', region: '510000', department: { id: 'sc-zw', name: '政务服务处' } },
]
export const documents = []

/** Splits a Markdown law into articles by its 第…条 lines. */
export function readText(document, text) {
  const list = []
  let path = []
  for (const line of text.replace(/^---[\s\S]*?\n---/, '').split('\n')) {
    const head = /^##+ (第.+)$/.exec(line.trim())
    if (head) path = [head[1]]
    const found = /^(第[零一二三四五六七八九十百]+条)[\s　]*(.*)$/.exec(line.trim())
    if (found) list.push({ id: `${document.id}-a${list.length + 1}`, label: found[1], path, text: found[2] })
    else if (line.trim() && !head && !line.startsWith('#') && !line.startsWith('<') && list.length) list.at(-1).text += `\n${line.trim()}`
  }
  if (list.length === 0) list.push({ id: `${document.id}-a1`, label: '全文', path: [], text: text.slice(0, 2000) })
  document.list = list
  document.articles = list.length
}

function seed(id, collection, title, file, more) {
  const text = readFileSync(new URL(`./texts/${file}`, import.meta.url), 'utf8')
  const document = { id, collection, title, format: 'md', state: 'ready', issuer: '国务院', authority: '行政法规', version: 1, size_bytes: Buffer.byteLength(text), imported_at: '2026-11-20T02:30:00Z', imported_by: '赵敏', defects: [], doc_number: null, ...more }
  readText(document, text)
  documents.push(document)
}
seed('doc-fund', 'housing_fund', '住房公积金管理条例', 'housing-fund.md', { doc_number: '国务院令第262号', validity: { status: 'in_force', from: '2019-03-24', until: null, note: '2019年3月24日第二次修订' } })
seed('doc-labour', 'laws', '中华人民共和国劳动合同法', 'labour-contract.md', { issuer: '全国人民代表大会常务委员会', authority: '法律', validity: { status: 'amended', from: '2013-07-01', until: null, note: '2012年12月28日修正' } })
for (let n = 1; n <= 46; n++) {
  const failed = n === 41
  documents.push({ id: `doc-${n}`, collection: 'laws', title: `${['工伤保险条例', '个体工商户条例', '消费者权益保护法实施条例', '失业保险条例', '女职工劳动保护特别规定'][n % 5]}（${1980 + n}年文本）`, format: ['md', 'docx', 'html', 'txt'][n % 4], state: failed ? 'failed' : n === 46 ? 'importing' : 'ready', validity: { status: ['in_force', 'repealed', 'not_yet_in_force', 'unknown'][n % 4], from: '2011-01-01', until: n % 4 === 1 ? '2020-12-31' : null }, authority: '行政法规', doc_number: `国务院令第${500 + n}号`, issuer: '国务院', version: 1, articles: failed ? 0 : 20 + n, size_bytes: 20_000 + n * 311, imported_at: '2026-11-19T06:00:00Z', imported_by: '赵敏', defects: failed ? [{ code: 'documents.not_docx', message: '文件不是有效的 docx 文档', page: null }] : n % 9 === 0 ? [{ code: 'documents.table_flattened', message: '第 2 页的表格按文字读取', page: 2 }, { code: 'documents.needs_ocr', message: '第 3 页是扫描件', page: 3 }] : [] })
}

const words = (text) => {
  const clean = text.replace(/[^\p{Script=Han}\w]/gu, '')
  return new Set([...clean].slice(0, -1).map((letter, at) => letter + clean[at + 1]))
}
export function search(query, wanted, top, asOf) {
  const asked = words(query)
  const hits = []
  let filtered = 0
  for (const document of documents.filter((one) => wanted.includes(one.collection))) {
    for (const article of document.list ?? []) {
      const text = words(article.text)
      const score = [...asked].filter((word) => text.has(word)).length / Math.max(asked.size, 1)
      if (score < 0.3) continue
      if (asOf && document.validity.from && asOf < document.validity.from) filtered++
      else hits.push({ article_id: article.id, source_id: null, document_id: document.id, document: document.title, label: article.label, path: article.path, score, text: article.text, validity: document.validity, parts: { words: score * 0.9, title: score * 0.1 } })
    }
  }
  hits.sort((a, b) => b.score - a.score)
  return { hits: hits.slice(0, top), filtered: filtered ? [{ reason: 'not_yet_in_force', count: filtered }] : [], took_ms: 3 }
}

export function makeArticle(id) {
  const document = documents.find((one) => one.list?.some((article) => article.id === id))
  if (!document) return null
  const at = document.list.findIndex((article) => article.id === id)
  const link = (article) => article && { id: article.id, label: article.label }
  return { ...document.list[at], version_id: 'version_1', document: { id: document.id, title: document.title, collection: document.collection, validity: document.validity }, previous: link(document.list[at - 1]) ?? null, next: link(document.list[at + 1]) ?? null }
}
