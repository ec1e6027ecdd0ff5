/** Changing one's own password; forced when the account asks for it. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorCard } from '~/components/ErrorCard'
import { changePassword, SESSION, useLogout } from './session'

type Fields = { current: string; next: string; again: string }

export const strongEnough = (text: string) =>
  text.length >= 8 && [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length >= 3

export function PasswordDialog({ open, forced, onClose }: { open: boolean; forced?: boolean; onClose: () => void }) {
  const { t } = useTranslation('common')
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const queries = useQueryClient()
  const logout = useLogout()
  const save = async (fields: Fields) => {
    setBusy(true)
    setError(null)
    try {
      await changePassword(fields.current, fields.next)
      void message.success(t('password.done'))
      form.resetFields()
      await queries.invalidateQueries({ queryKey: SESSION })
      onClose()
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal
      open={open}
      title={t('password.title')}
      okText={t('save')}
      cancelText={t(forced ? 'user.logout' : 'cancel')}
      confirmLoading={busy}
      closable={!forced}
      keyboard={!forced}
      mask={{ closable: false }}
      onCancel={forced ? () => void logout() : onClose}
      onOk={() => form.submit()}
      destroyOnHidden
    >
      <p className="muted" style={{ marginBottom: 12 }}>{t(forced ? 'password.forced' : 'password.rule')}</p>
      {error != null && <div style={{ marginBottom: 12 }}><ErrorCard error={error} /></div>}
      <Form form={form} layout="vertical" onFinish={save} requiredMark={false}>
        <Form.Item name="current" label={t('password.current')} rules={[{ required: true, message: t('required') }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item
          name="next"
          label={t('password.next')}
          rules={[{ required: true, message: t('required') }, { validator: (_, text: string) => (!text || strongEnough(text) ? Promise.resolve() : Promise.reject(new Error(t('password.rule')))) }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t('password.again')}
          dependencies={['next']}
          rules={[{ required: true, message: t('required') }, ({ getFieldValue }) => ({ validator: (_, text: string) => (!text || text === getFieldValue('next') ? Promise.resolve() : Promise.reject(new Error(t('password.differ')))) })]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
    </Modal>
  )
}
