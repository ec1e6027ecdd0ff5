/** Accounts: made and locked by the system administrator, given roles by the security administrator. */
import { MoreOutlined, PlusOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Dropdown, Empty, Table, Tabs, type MenuProps, type TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { patch, post } from '~/api/client'
import type { Account } from '~/api/types'
import { describe, ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { Pager } from '~/components/Pager'
import { useCursor } from '~/components/useCursor'
import { AccountDialog, oneTimePassword, PasswordOnce } from '~/features/accounts/AccountDialog'
import { roleTitle, useAccounts, useRoles } from '~/features/accounts/accounts'
import { Departments } from '~/features/accounts/Departments'
import { RoleMatrix } from '~/features/accounts/RoleMatrix'
import { RolesDialog } from '~/features/accounts/RolesDialog'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/accounts/accounts.css'

export function Component() {
  const { t } = useTranslation('accounts')
  const { message, modal } = App.useApp()
  const user = useUser()
  const manages = may(user, /^account\.manage$/)
  const grants = may(user, /^role\.grant$/)
  const cursor = useCursor('')
  const list = useAccounts(cursor.after)
  const roles = useRoles()
  const queries = useQueryClient()
  const [dialog, setDialog] = useState<{ account: Account | null } | null>(null)
  const [granting, setGranting] = useState<Account | null>(null)
  const [once, setOnce] = useState<{ username: string; password: string } | null>(null)

  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work()
      await queries.invalidateQueries({ queryKey: ['accounts'] })
    } catch (error) {
      const told = describe(error, t)
      void message.error(`${told.title} ${told.next}`)
    }
  }
  const lock = (account: Account) =>
    modal.confirm({ title: t(account.locked ? 'unlockTitle' : 'lockTitle', { name: account.name }), content: t(account.locked ? 'unlockText' : 'lockText'), okText: t('common:confirm'), cancelText: t('common:cancel'), onOk: () => attempt(() => patch(`/accounts/${account.id}`, { locked: !account.locked })) })
  const reset = (account: Account) =>
    modal.confirm({
      title: t('resetTitle', { name: account.name }),
      content: t('resetText'),
      okText: t('common:confirm'),
      cancelText: t('common:cancel'),
      onOk: () => attempt(async () => {
        const password = oneTimePassword(await post(`/accounts/${account.id}/password`))
        if (password) setOnce({ username: account.username, password })
      }),
    })
  const commands = (account: Account): MenuProps => ({
    items: [
      ...(grants ? [{ key: 'roles', label: <span data-testid="give-roles">{t('roles')}</span> }] : []),
      ...(manages ? [{ key: 'edit', label: t('edit') }, { key: 'reset', label: t('reset') }, { key: 'lock', label: t(account.locked ? 'unlock' : 'lock'), danger: !account.locked, disabled: account.id === user.id }] : []),
    ],
    onClick: ({ key }) => {
      if (key === 'roles') setGranting(account)
      else if (key === 'edit') setDialog({ account })
      else if (key === 'reset') reset(account)
      else lock(account)
    },
  })
  const columns: TableColumnsType<Account> = [
    { title: t('field.name'), render: (_, row) => <div className="account-cell"><strong>{row.name}</strong><span className="muted">{row.username}</span></div> },
    { title: t('field.department'), responsive: ['md'], render: (_, row) => row.department?.name ?? '—' },
    { title: t('field.roles'), render: (_, row) => <span className="account-roles">{row.roles.length === 0 ? <span className="muted">{t('noRole')}</span> : row.roles.map((id) => <span key={id} className="badge">{roleTitle(roles.data?.roles.find((role) => role.id === id), id)}</span>)}</span> },
    { title: t('field.state'), width: 100, responsive: ['sm'], render: (_, row) => <span className={`badge ${row.locked ? 'red' : 'green'}`} data-testid="account-state">{t(row.locked ? 'locked' : 'active')}</span> },
    ...(manages || grants ? [{ title: '', width: 56, render: (_: unknown, row: Account) => <Dropdown trigger={['click']} menu={commands(row)}><Button type="text" icon={<MoreOutlined />} aria-label={t('commands', { name: row.name })} data-testid={`commands-${row.username}`} /></Dropdown> }] : []),
  ]
  const accounts = list.isError ? (
          <ErrorCard error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <div className="panel">
            <Table<Account> rowKey="id" columns={columns} dataSource={list.data?.items ?? []} loading={list.isPending} pagination={false} size="middle" locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('empty')} /> }} />
            <Pager page={cursor.page} next={list.data?.next} busy={list.isFetching} onForward={cursor.forward} onBack={cursor.back} />
          </div>
        )
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} actions={manages && <Button type="primary" icon={<PlusOutlined />} onClick={() => setDialog({ account: null })} data-testid="new-account">{t('new')}</Button>} />
      <Tabs
        items={[
          { key: 'accounts', label: t('tab.accounts'), children: accounts },
          { key: 'roles', label: t('tab.roles'), children: <RoleMatrix /> },
          { key: 'departments', label: t('tab.departments'), children: <Departments /> },
        ]}
      />
      <AccountDialog key={dialog?.account?.id ?? 'new'} open={dialog !== null} account={dialog?.account ?? null} onClose={() => setDialog(null)} onPassword={(username, password) => setOnce({ username, password })} />
      <RolesDialog account={granting} onClose={() => setGranting(null)} />
      <PasswordOnce shown={once} onClose={() => setOnce(null)} />
    </div>
  )
}
