/** Giving roles: what each role may do, and which cannot stand together. */
import { useQueryClient } from '@tanstack/react-query'
import { Alert, Checkbox, Modal } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { patch } from '~/api/client'
import type { Account } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { roleTitle, rolesConflict, useRoles } from './accounts'

export function RolesDialog({ account, onClose }: { account: Account | null; onClose: () => void }) {
  const { t } = useTranslation('accounts')
  const roles = useRoles()
  const queries = useQueryClient()
  const [chosen, setChosen] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    setChosen(account?.roles ?? [])
    setError(null)
  }, [account])
  const conflict = rolesConflict(chosen)
  const save = async () => {
    setBusy(true)
    setError(null)
    try {
      await patch(`/accounts/${account?.id}`, { roles: chosen })
      await queries.invalidateQueries({ queryKey: ['accounts'] })
      onClose()
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal open={account !== null} title={t('rolesOf', { name: account?.name ?? '' })} okText={t('common:save')} cancelText={t('common:cancel')} okButtonProps={{ disabled: conflict }} confirmLoading={busy} onOk={() => void save()} onCancel={onClose}>
      {roles.isError && <ErrorCard error={roles.error} />}
      <Checkbox.Group value={chosen} onChange={setChosen} className="role-list">
        {(roles.data?.roles ?? []).filter((role) => role.id !== 'citizen').map((role) => (
          <label key={role.id} className="role-row">
            <Checkbox value={role.id} data-testid={`role-${role.id}`} />
            <span>
              <strong>{roleTitle(role, role.id)}</strong> <LevelTag level={role.clearance} />
              <span className="role-actions">{role.actions.map((action) => t(`action.${action.replaceAll('.', '_')}`, { defaultValue: action })).join(t('comma'))}</span>
            </span>
          </label>
        ))}
      </Checkbox.Group>
      {conflict && <Alert type="warning" showIcon title={t('conflict')} />}
      {error != null && <ErrorCard error={error} />}
    </Modal>
  )
}
