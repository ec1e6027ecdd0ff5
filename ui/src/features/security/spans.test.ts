import { expect, test } from 'vitest'
import { cutAt, wordsOf } from './spans'

test('pieces make the text again, and overlapping findings both lie over their common part', () => {
  const text = '𠮷某电话13800138000。'
  const findings = [{ start: 2, end: 15, rule: 'a' }, { start: 4, end: 15, rule: 'b' }]
  const pieces = cutAt(text, findings)
  expect(pieces.map((one) => one.text).join('')).toBe(text)
  expect(pieces.map((one) => one.found.map((found) => found.rule).join(''))).toEqual(['', 'a', 'ab', ''])
  expect(wordsOf(text, findings[1])).toBe('13800138000')
})

test('offsets beyond the text are cut off', () => {
  expect(cutAt('ab', [{ start: 1, end: 9 }]).map((one) => one.text)).toEqual(['a', 'b'])
  expect(cutAt('', [])).toEqual([])
})
