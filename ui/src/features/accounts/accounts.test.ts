import { expect, test } from 'vitest'
import { departmentTree, rolesConflict } from './accounts'

test('an administrator of the three holds no second role', () => {
  expect(rolesConflict(['auditor', 'clerk'])).toBe(true)
  expect(rolesConflict(['sysadmin', 'security'])).toBe(true)
  expect(rolesConflict(['auditor'])).toBe(false)
  expect(rolesConflict(['clerk', 'reviewer'])).toBe(false)
})

test('departments hang under their parents', () => {
  const tree = departmentTree([{ id: 'b', name: 'B', parent: 'a' }, { id: 'a', name: 'A', parent: null }, { id: 'c', name: 'C', parent: 'gone' }])
  expect(tree.map((node) => [node.value, node.children.map((child) => child.value)])).toEqual([['a', ['b']], ['c', []]])
})
