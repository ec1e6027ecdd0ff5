import { expect, test } from 'vitest'
import type { TimelineItem } from '~/api/types'
import { onDay, picture } from './reading'

const item = (from: string | null, until: string | null): TimelineItem => ({ document_id: 'd', version_id: from, title: 't', status: 'in_force', from, until, why: null, current: false })
const items = [item('2008-01-01', '2013-06-30'), item('2013-07-01', null), item('2027-07-01', null)]

test('a day belongs to the text that has begun last and not ended', () => {
  expect(onDay(items, '2007-12-31')).toBeNull()
  expect(onDay(items, '2013-06-30')?.from).toBe('2008-01-01')
  expect(onDay(items, '2013-07-01')?.from).toBe('2013-07-01')
  expect(onDay(items, '2030-01-01')?.from).toBe('2027-07-01')
})

test('a text without dates is not said to apply', () => {
  expect(onDay([item(null, null)], '2026-01-01')).toBeNull()
})

test('segments stand in order inside the line, and an open end reaches the next text or the edge', () => {
  const { segments, place, ticks } = picture(items, '2026-11-23')
  expect(segments.map((one) => one.left)).toEqual([...segments.map((one) => one.left)].sort((a, b) => a - b))
  expect(segments[1].left + segments[1].width).toBeCloseTo(segments[2].left)
  expect(segments[2].left + segments[2].width).toBe(1)
  expect(segments[0].left + segments[0].width).toBeCloseTo(segments[1].left, 2)
  expect(place('2026-11-23')).toBeGreaterThan(segments[1].left)
  expect(ticks.length).toBeLessThanOrEqual(9)
})

test('only today is enough for a picture', () => {
  expect(picture([], '2026-11-23').place('2026-11-23')).toBeCloseTo(0.5, 1)
})
