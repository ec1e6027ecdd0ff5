/** Proposing other words for a refusal. */
import { Input, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RefusalEntry, RefusalWords } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { TEXTS, useProposeRefusal } from './refusals'

export function RefusalForm({ entry, onClose }: { entry: RefusalEntry | null; onClose: () => void }) {
  if (!entry) return null
  return <Form key={entry.name} entry={entry} onClose={onClose} />
}

function Form({ entry, onClose }: { entry: RefusalEntry; onClose: () => void }) {
  const { t } = useTranslation('refusals')
  const propose = useProposeRefusal(entry.name)
  // What was sent back is written on; otherwise one starts from what is in force.
  const [words, setWords] = useState<RefusalWords>(entry.waiting?.words ?? entry.words)
  const [why, setWhy] = useState('')
  const whole = TEXTS.every((text) => words[text].trim() !== '')
  const changed = TEXTS.some((text) => words[text].trim() !== entry.words[text])
  const send = () => void propose.mutateAsync({ words, why: why.trim() }).then(onClose, () => undefined)
  return (
    <Modal
      open
      title={t('form.title', { name: t(`name.${entry.name}`, { defaultValue: entry.name }) })}
      okText={t('form.send')}
      cancelText={t('common:cancel')}
      okButtonProps={{ disabled: !whole || !changed || why.trim() === '', 'data-testid': 'propose-refusal' } as never}
      confirmLoading={propose.isPending}
      onOk={send}
      onCancel={onClose}
      width={680}
    >
      <div className="stack refusal-form">
        <p className="muted">{t('form.note')}</p>
        {TEXTS.map((text) => (
          <label key={text}>{t(`text.${text}`)}
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={300} showCount lang={text.endsWith('_en') ? 'en' : 'zh-CN'} value={words[text]} onChange={(event) => setWords({ ...words, [text]: event.target.value })} data-testid={`refusal-${text}`} />
          </label>
        ))}
        <label>{t('form.why')}<Input.TextArea autoSize maxLength={500} value={why} onChange={(event) => setWhy(event.target.value)} data-testid="refusal-why" /></label>
        {propose.isError && <ErrorCard error={propose.error} />}
      </div>
    </Modal>
  )
}
