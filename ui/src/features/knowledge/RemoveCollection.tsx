/** Removing a collection: its name must be written, because all its documents go with it. */
import { DeleteOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Button, Input, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { remove } from '~/api/client'
import type { Collection } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'

export function RemoveCollection({ collection }: { collection: Collection }) {
  const { t } = useTranslation('knowledge')
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const queries = useQueryClient()
  const go = useNavigate()
  const submit = async () => {
    setBusy(true)
    setError(null)
    try {
      await remove(`/collections/${encodeURIComponent(collection.id)}`)
      await queries.invalidateQueries({ queryKey: ['collections'] })
      void go('/knowledge')
    } catch (cause) {
      setError(cause)
      setBusy(false)
    }
  }
  return (
    <>
      <Button icon={<DeleteOutlined />} onClick={() => setOpen(true)} data-testid="remove-collection">{t('remove.submit')}</Button>
      <Modal open={open} title={t('remove.title', { name: collection.name })} okText={t('remove.submit')} okButtonProps={{ danger: true, disabled: name.trim() !== collection.name }} cancelText={t('common:cancel')} confirmLoading={busy} onCancel={() => setOpen(false)} onOk={() => void submit()} destroyOnHidden>
        <p>{t('remove.text', { n: collection.documents })}</p>
        <Input value={name} onChange={(event) => setName(event.target.value)} placeholder={collection.name} aria-label={t('remove.name')} data-testid="remove-name" />
        {error != null && <ErrorCard error={error} />}
      </Modal>
    </>
  )
}
