/** Accounts, roles and departments, from the server. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { get, query } from '~/api/client'
import type { Account, Department, Page, Role, Roles } from '~/api/types'
import { language } from '~/i18n'

export const useAccounts = (after: string | null) =>
  useQuery({ queryKey: ['accounts', after], queryFn: ({ signal }) => get<Page<Account>>(`/accounts${query({ after, limit: 50 })}`, signal), placeholderData: keepPreviousData })

export const useRoles = () => useQuery({ queryKey: ['roles'], queryFn: ({ signal }) => get<Roles>('/roles', signal), staleTime: 300_000 })

export const useDepartments = () =>
  useQuery({ queryKey: ['departments'], queryFn: ({ signal }) => get<{ items: Department[] }>('/departments', signal), select: (page) => page.items, staleTime: 60_000 })

/** The three separated administrators: an account with one of them holds no other role (GB/T 22239-2019 8.1.5). */
export const SEPARATED = ['sysadmin', 'security', 'auditor']

export const roleTitle = (role: Role | undefined, id: string) => (role ? (language() === 'en' ? role.title_en : role.title) : id)

export function rolesConflict(roles: string[]): boolean {
  return roles.length > 1 && roles.some((role) => SEPARATED.includes(role))
}

export type DepartmentNode = { key: string; value: string; title: string; children: DepartmentNode[] }

/** Departments as a tree; one whose parent is not in the list stands at the top. */
export function departmentTree(departments: Department[]): DepartmentNode[] {
  const nodes = new Map<string, DepartmentNode>(departments.map((one) => [one.id, { key: one.id, value: one.id, title: one.name, children: [] }]))
  const roots: DepartmentNode[] = []
  for (const one of departments) {
    const node = nodes.get(one.id)
    if (!node) continue
    const parent = one.parent && one.parent !== one.id ? nodes.get(one.parent) : undefined
    if (parent) parent.children.push(node)
    else roots.push(node)
  }
  return roots
}
