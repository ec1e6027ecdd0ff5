import { expect, test } from 'vitest'
import { snapshots } from './audit'

test('the states before and after are told apart from the rest of an entry', () => {
  const found = snapshots({ changed: ['roles'], before: ['clerk'], after: ['clerk', 'reviewer'] })
  expect(found).toEqual({ before: '[\n  "clerk"\n]', after: '[\n  "clerk",\n  "reviewer"\n]', rest: { changed: ['roles'] } })
})

test('texts stay as they are written', () => {
  expect(snapshots({ before: 'permit(a);\n', after: 'forbid(a);\n' })).toEqual({ before: 'permit(a);\n', after: 'forbid(a);\n', rest: {} })
})

test('an entry without two different states has no difference', () => {
  for (const details of [null, 'text', { before: 1 }, { after: 1 }, { before: { a: 1 }, after: { a: 1 } }]) expect(snapshots(details)).toBeNull()
})
