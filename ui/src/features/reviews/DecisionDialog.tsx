/** The moment of deciding: what leaves, why, and whether the platform should learn from it. */
import { Checkbox, Input, Modal, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Decision } from '~/api/types'
import { DiffView } from '~/components/DiffView'
import { ErrorCard } from '~/components/ErrorCard'

const REASONS = ['wrong', 'outdated', 'scope', 'sensitive', 'unclear'] as const

type Props = {
  kind: Decision['decision'] | null
  before: string
  answer: string
  /** Whether other words were written. */
  changed: boolean
  /** Whether it can become a correction. */
  teachable: boolean
  onClose: () => void
  onSend: (decision: Decision) => Promise<void>
}

export function DecisionDialog({ kind, before, answer, changed, teachable, onClose, onSend }: Props) {
  const { t } = useTranslation('reviews')
  const [reason, setReason] = useState('')
  const [teach, setTeach] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    setReason('')
    setTeach(kind === 'edit')
    setError(null)
  }, [kind])
  const because = kind === 'reject' || kind === 'return'
  const missing = because && reason.trim() === ''
  const words = kind === 'edit' || (kind === 'countersign' && changed)
  const send = async () => {
    if (!kind || missing) return
    setBusy(true)
    setError(null)
    try {
      await onSend({ decision: kind, ...(words ? { answer } : {}), ...(reason.trim() ? { reason: reason.trim() } : {}), ...(teach ? { teach } : {}) })
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal
      open={kind !== null}
      title={kind ? t(`ask.${kind}`) : ''}
      okText={kind ? t(`confirm.${kind}`) : ''}
      cancelText={t('common:cancel')}
      okButtonProps={{ danger: kind === 'reject', disabled: missing, autoFocus: kind === 'approve', 'data-testid': 'confirm-decision' } as never}
      confirmLoading={busy}
      onCancel={onClose}
      onOk={() => void send()}
      width={words ? 720 : 520}
      destroyOnHidden
    >
      <div className="stack">
        <p>{kind ? t(`explain.${kind}`) : ''}</p>
        {words && <div className="dialog-diff"><DiffView before={before} after={answer} /></div>}
        {kind === 'reject' && (
          <div className="reason-tags">
            {REASONS.map((one) => (
              <Tag.CheckableTag key={one} checked={reason === t(`reason.${one}`)} onChange={() => setReason(t(`reason.${one}`))}>{t(`reason.${one}`)}</Tag.CheckableTag>
            ))}
          </div>
        )}
        <Input.TextArea
          rows={3}
          maxLength={500}
          showCount
          autoFocus={kind !== 'approve'}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          placeholder={t(because ? 'reasonNeeded' : 'reasonOptional')}
          aria-label={t(because ? 'reasonNeeded' : 'reasonOptional')}
          data-testid="reason"
        />
        {teachable && kind === 'edit' && <Checkbox checked={teach} onChange={(event) => setTeach(event.target.checked)} data-testid="teach">{t('teach')}</Checkbox>}
        {error != null && <ErrorCard error={error} />}
      </div>
    </Modal>
  )
}
