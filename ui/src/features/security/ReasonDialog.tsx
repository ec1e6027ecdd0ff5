/** One change that needs a reason: what it is, why, and the button that makes it. */
import { Input, Modal } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorCard } from '~/components/ErrorCard'

type Props = { title: string; open: boolean; busy: boolean; error: unknown; danger?: boolean; children?: ReactNode; onCancel: () => void; onDone: (reason: string) => void }

export function ReasonDialog({ title, open, busy, error, danger, children, onCancel, onDone }: Props) {
  const { t } = useTranslation('protect')
  const [reason, setReason] = useState('')
  useEffect(() => setReason(''), [open])
  return (
    <Modal title={title} open={open} onCancel={onCancel} okText={t('do')} cancelText={t('common:cancel')} confirmLoading={busy} okButtonProps={{ disabled: reason.trim() === '', danger, 'data-testid': 'reason-done' }} onOk={() => onDone(reason.trim())} destroyOnHidden>
      {children}
      <Input.TextArea rows={3} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} placeholder={t('reason')} aria-label={t('reason')} data-testid="reason" />
      {Boolean(error) && <ErrorCard error={error} />}
    </Modal>
  )
}
