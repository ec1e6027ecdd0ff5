import { expect, test } from 'vitest'
import { diff } from './diff'

const before = (text: ReturnType<typeof diff>) => text.filter((piece) => piece.kind !== 'added').map((piece) => piece.text).join('')
const after = (text: ReturnType<typeof diff>) => text.filter((piece) => piece.kind !== 'removed').map((piece) => piece.text).join('')

test('both texts can be read back from the difference', () => {
  const texts = ['', '职工可以提取。', '职工可以在三日内提取住房公积金。', '单位应当缴存。\n职工可以提取[1]。', 'abc']
  for (const a of texts) {
    for (const b of texts) {
      const pieces = diff(a, b)
      expect(before(pieces)).toBe(a)
      expect(after(pieces)).toBe(b)
    }
  }
})

test('an insertion is only an insertion', () => {
  expect(diff('可以提取。', '可以依法提取。').map((piece) => piece.kind)).toEqual(['same', 'added', 'same'])
})
