/** The keys a reviewer can work with. */
import { Modal } from 'antd'
import { useTranslation } from 'react-i18next'

const KEYS = [
  ['j / k', 'move'],
  ['Enter', 'open'],
  ['x', 'pick'],
  ['a', 'approve'],
  ['e', 'edit'],
  ['r', 'reject'],
  ['b', 'return'],
  ['s', 'countersign'],
  ['c', 'claim'],
  ['u', 'back'],
  ['?', 'help'],
] as const

export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation('reviews')
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t('keys.title')} width={360}>
      <dl className="keys" data-testid="key-help">
        {KEYS.map(([key, what]) => (
          <div key={what}>
            <dt><kbd>{key}</kbd></dt>
            <dd>{t(`keys.${what}`)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
