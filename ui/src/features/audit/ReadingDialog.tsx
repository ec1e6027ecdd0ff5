/** Reading the audit log needs a written reason, which itself goes on record. */
import { Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import { ErrorCard } from '~/components/ErrorCard'

type Props = { open: boolean; onOpen: (until: string) => void; onClose: () => void }

export function ReadingDialog({ open, onOpen, onClose }: Props) {
  const { t } = useTranslation('audit')
  const [form] = Form.useForm<{ reason: string }>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const send = async ({ reason }: { reason: string }) => {
    setBusy(true)
    setError(null)
    try {
      const { expires_at } = await post<{ expires_at: string }>('/audit/reading', { reason: reason.trim() })
      onOpen(expires_at)
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal open={open} title={t('reading.title')} okText={t('reading.submit')} cancelText={t('reading.without')} confirmLoading={busy} onOk={() => form.submit()} onCancel={onClose} mask={{ closable: false }} okButtonProps={{ 'data-testid': 'open-reading' } as never} destroyOnHidden>
      <p style={{ marginBottom: 12 }}>{t('reading.text')}</p>
      <Form form={form} layout="vertical" onFinish={send} requiredMark={false}>
        <Form.Item name="reason" label={t('reading.reason')} rules={[{ required: true, whitespace: true, message: t('reading.needed') }, { min: 4, message: t('reading.needed') }]}>
          <Input.TextArea rows={3} maxLength={200} showCount autoFocus placeholder={t('reading.example')} data-testid="audit-reason" />
        </Form.Item>
      </Form>
      {error != null && <ErrorCard error={error} />}
    </Modal>
  )
}
