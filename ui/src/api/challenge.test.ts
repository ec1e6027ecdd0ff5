/** SM3 by the vectors of GB/T 32905, and a challenge that is solved. */
import { expect, test } from 'vitest'
import { sm3, solve } from './challenge'

const hex = (text: string) => [...sm3(new TextEncoder().encode(text))].map((word) => word.toString(16).padStart(8, '0')).join('')

test('SM3 gives what the standard says', () => {
  expect(hex('abc')).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
  expect(hex('abcd'.repeat(16))).toBe('debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732')
})

test('a challenge is solved by work', async () => {
  const answer = await solve({ challenge: '19a.chance.signature', bits: 8 })
  expect(answer.startsWith('19a.chance.signature:')).toBe(true)
  expect(hex(answer).startsWith('00')).toBe(true)
})
