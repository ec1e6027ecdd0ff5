/** Which role may do what: the same table the server judges by. */
import { Skeleton, Table } from 'antd'
import { useTranslation } from 'react-i18next'
import type { Role } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { roleTitle, useRoles } from './accounts'

export function RoleMatrix() {
  const { t } = useTranslation('accounts')
  const roles = useRoles()
  if (roles.isPending) return <Skeleton active />
  if (roles.isError) return <ErrorCard error={roles.error} onRetry={() => void roles.refetch()} />
  const actions = [...new Set(roles.data.roles.flatMap((role) => role.actions))].sort()
  return (
    <div className="panel matrix">
      <Table<{ action: string }>
        rowKey="action"
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={actions.map((action) => ({ action }))}
        columns={[
          { title: t('may'), dataIndex: 'action', fixed: 'left', render: (action: string) => t(`action.${action.replaceAll('.', '_')}`, { defaultValue: action }) },
          ...roles.data.roles.map((role: Role) => ({
            title: <span className="matrix-role">{roleTitle(role, role.id)}<LevelTag level={role.clearance} /></span>,
            key: role.id,
            align: 'center' as const,
            render: (_: unknown, row: { action: string }) => (role.actions.includes(row.action) ? <span className="matrix-yes" aria-label={t('common:yes')}>●</span> : <span className="matrix-no" aria-label={t('common:no')}>·</span>),
          })),
        ]}
      />
    </div>
  )
}
