import { expect, test } from 'vitest'
import type { UsageLine } from '~/api/types'
import { daily, dayBefore, summed, usagePath } from './models'

const line = (day: string, name: string, tokens_in: number): UsageLine => ({ day, name, calls: 1, tokens_in, tokens_out: 1, tokens_reasoning: 0, wait_ms: 2, first_token_ms: 3, total_ms: 4, energy_mwh: 5 })

test('lines of several days become one a name, the largest first', () => {
  const sums = summed([line('2026-11-01', 'a', 1), line('2026-11-02', 'b', 9), line('2026-11-02', 'a', 2)])
  expect(sums.map((sum) => [sum.name, sum.calls, sum.tokens_in, sum.tokens_out])).toEqual([['b', 1, 9, 1], ['a', 2, 3, 2]])
})

test('a day without a call is a day with nothing', () => {
  const days = daily([line('2026-11-01', 'a', 1), line('2026-11-03', 'b', 9)], '2026-11-01', '2026-11-03')
  expect(days).toEqual([{ day: '2026-11-01', tokens: 2 }, { day: '2026-11-02', tokens: 0 }, { day: '2026-11-03', tokens: 10 }])
  expect(dayBefore(30, Date.UTC(2026, 10, 30))).toBe('2026-10-31')
  expect(usagePath('scenario', '2026-11-01', 'csv')).toBe('/models/usage?by=scenario&from=2026-11-01&format=csv')
})
