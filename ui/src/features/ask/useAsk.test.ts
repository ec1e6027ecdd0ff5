import { expect, test } from 'vitest'
import { placeSegment } from './useAsk'

test('a statement takes its place, and the last word for a place counts', () => {
  expect(placeSegment([], 0, '甲。')).toEqual(['甲。'])
  expect(placeSegment(['甲。'], 2, '丙。')).toEqual(['甲。', '', '丙。'])
  expect(placeSegment(['甲。', '乙。'], 1, '丁。')).toEqual(['甲。', '丁。'])
})
