import { expect, test } from 'vitest'
import type { DiffItem } from '~/api/types'
import { csv, sidePieces } from './difference'

const changed: DiffItem = {
  kind: 'changed', label: '第一条', path: [], left: { article_id: 'a', text: '应当在三日内报告。' }, right: { article_id: 'a', text: '应当在五日内报告。' },
  spans: [{ op: 'equal', text: '应当在' }, { op: 'delete', text: '三日' }, { op: 'insert', text: '五日' }, { op: 'equal', text: '内报告。' }],
}
const joined = (item: DiffItem, side: 'left' | 'right') => sidePieces(item, side).map((one) => one.text).join('')

test('each side reads as its own text, with only its own words marked', () => {
  expect(joined(changed, 'left')).toBe(changed.left?.text)
  expect(joined(changed, 'right')).toBe(changed.right?.text)
  expect(sidePieces(changed, 'right').filter((one) => one.marked).map((one) => one.text)).toEqual(['五日'])
})

test('a side that is not there is empty', () => {
  expect(sidePieces({ ...changed, kind: 'added', left: null, spans: [{ op: 'insert', text: 'x' }] }, 'left')).toEqual([])
})

test('a spreadsheet gets every cell back, and no formula', () => {
  expect(csv([['标题', 'a"b', 'c,d'], ['=1+1', -2, null]])).toBe('\uFEFF标题,"a""b","c,d"\r\n\'=1+1,-2,\r\n')
})
