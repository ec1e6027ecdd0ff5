import { expect, test } from 'vitest'
import type { Hit } from '~/api/types'
import { keyWords, markWords, moved, pairLines, parts, reach } from './retrieval'

const hit = (id: string, given: Record<string, number>) => ({ article_id: id, parts: given }) as unknown as Hit

test('the total is no part of itself, and nothing is no part', () => {
  expect(parts(hit('a', { words: 0.2, total: 0.7, vector: 0.5, title: 0 }))).toEqual([{ name: 'vector', value: 0.5 }, { name: 'words', value: 0.2 }])
})

test('bars of one list share one scale, with room for what takes away', () => {
  const { up, down } = reach([hit('a', { words: 1, freshness: -0.25 }), hit('b', { words: 0.5, title: 0.1 })])
  expect([up, down]).toEqual([1, 0.25])
  expect(reach([]).down).toBe(0)
})

test('a move is counted in places, and what is not there has none', () => {
  const other = [hit('x', {}), hit('a', {})]
  expect(moved(hit('a', {}), 1, other)).toBe(1)
  expect(moved(hit('x', {}), 3, other)).toBe(-2)
  expect(moved(hit('new', {}), 1, other)).toBeNull()
})

test('marked words give the text back', () => {
  const text = '用人单位可以解除劳动合同（一）'
  for (const query of ['劳动合同解除？', '(', '']) expect(markWords(text, keyWords(query)).map((one) => one.text).join('')).toBe(text)
  expect(markWords('a.b', ['a.']).filter((one) => one.found)).toHaveLength(1)
})

test('training pairs are one object a line with two fields', () => {
  const lines = pairLines([{ query: '试用期\n多久', positive: '不得超过六个月' }]).trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0])).toEqual({ query: '试用期\n多久', positive: '不得超过六个月' })
})
