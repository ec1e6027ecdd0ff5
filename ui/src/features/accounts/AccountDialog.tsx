/** Making an account; its first password is shown once. */
import { useQueryClient } from '@tanstack/react-query'
import { Form, Input, Modal, TreeSelect, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { patch, post } from '~/api/client'
import type { Account } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { departmentTree, useDepartments } from './accounts'

type Fields = { username: string; name: string; department: string }

export const oneTimePassword = (answer: unknown): string | null => {
  const found = (answer as { one_time_password?: unknown } | undefined)?.one_time_password
  return typeof found === 'string' ? found : null
}

export function AccountDialog({ open, account, onClose, onPassword }: { open: boolean; account: Account | null; onClose: () => void; onPassword: (username: string, password: string) => void }) {
  const { t } = useTranslation('accounts')
  const [form] = Form.useForm<Fields>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const departments = useDepartments()
  const queries = useQueryClient()
  const save = async (fields: Fields) => {
    setBusy(true)
    setError(null)
    try {
      if (account) await patch(`/accounts/${account.id}`, { name: fields.name, department: fields.department })
      else {
        const password = oneTimePassword(await post('/accounts', fields))
        if (password) onPassword(fields.username, password)
      }
      await queries.invalidateQueries({ queryKey: ['accounts'] })
      onClose()
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal open={open} title={t(account ? 'edit' : 'new')} okText={t('common:save')} cancelText={t('common:cancel')} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()} destroyOnHidden afterOpenChange={() => setError(null)}>
      <Form<Fields> form={form} layout="vertical" preserve={false} onFinish={save} requiredMark={false} initialValues={account ? { username: account.username, name: account.name, department: account.department?.id } : undefined}>
        {!account && (
          <Form.Item name="username" label={t('field.username')} extra={t('usernameHint')} rules={[{ required: true, message: t('common:required') }, { pattern: /^[a-z][a-z0-9._-]{1,31}$/, message: t('usernameHint') }]}><Input autoComplete="off" data-testid="account-username" /></Form.Item>
        )}
        <Form.Item name="name" label={t('field.name')} rules={[{ required: true, whitespace: true, message: t('common:required') }]}><Input autoComplete="off" maxLength={40} data-testid="account-name" /></Form.Item>
        <Form.Item name="department" label={t('field.department')} rules={[{ required: true, message: t('common:required') }]}>
          <TreeSelect treeDefaultExpandAll treeData={departmentTree(departments.data ?? [])} loading={departments.isPending} data-testid="account-department" />
        </Form.Item>
      </Form>
      {!account && <p className="muted">{t('rolesLater')}</p>}
      {error != null && <ErrorCard error={error} />}
    </Modal>
  )
}

export function PasswordOnce({ shown, onClose }: { shown: { username: string; password: string } | null; onClose: () => void }) {
  const { t } = useTranslation('accounts')
  return (
    <Modal open={shown !== null} title={t('once.title')} footer={null} onCancel={onClose} mask={{ closable: false }}>
      <p>{t('once.text', { username: shown?.username ?? '' })}</p>
      <Typography.Paragraph copyable code className="once" data-testid="one-time-password">{shown?.password ?? ''}</Typography.Paragraph>
    </Modal>
  )
}
