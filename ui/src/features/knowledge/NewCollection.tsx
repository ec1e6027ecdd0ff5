/** Making a collection: its name, owner level and region decide who may find what is in it. */
import { useQueryClient } from '@tanstack/react-query'
import { Form, Input, Modal, Radio, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { post } from '~/api/client'
import type { Collection, Level } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { useEmbeddingNames } from './EmbeddingChoice'

type Fields = { id: string; name: string; description?: string; level: Level; region?: string; embedding?: string }

export function NewCollection({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation('knowledge')
  const [form] = Form.useForm<Fields>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const queries = useQueryClient()
  const go = useNavigate()
  const embeddings = useEmbeddingNames(null)
  const save = async (fields: Fields) => {
    setBusy(true)
    setError(null)
    try {
      const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''))
      const made = await post<Collection>('/collections', filled)
      await queries.invalidateQueries({ queryKey: ['collections'] })
      onClose()
      void go(`/knowledge/${made?.id ?? fields.id}`)
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal open={open} title={t('new.title')} okText={t('new.submit')} cancelText={t('common:cancel')} confirmLoading={busy} onCancel={onClose} onOk={() => form.submit()} destroyOnHidden>
      <Form<Fields> form={form} layout="vertical" initialValues={{ level: 'internal' }} onFinish={save} requiredMark="optional">
        <Form.Item name="name" label={t('new.name')} rules={[{ required: true, whitespace: true, message: t('common:required') }]}><Input maxLength={60} data-testid="collection-name" /></Form.Item>
        <Form.Item name="id" label={t('new.id')} extra={t('new.idHint')} rules={[{ required: true, message: t('common:required') }, { pattern: /^[a-z][a-z0-9_-]{1,39}$/, message: t('new.idHint') }]}><Input data-testid="collection-id" /></Form.Item>
        <Form.Item name="level" label={t('new.level')} extra={t('new.levelHint')}>
          <Radio.Group options={(['public', 'internal', 'sensitive'] as const).map((value) => ({ value, label: t(`common:level.${value}`) }))} optionType="button" />
        </Form.Item>
        <Form.Item name="region" label={t('new.region')} extra={t('new.regionHint')} rules={[{ pattern: /^\d{6}$/, message: t('new.regionHint') }]}><Input inputMode="numeric" maxLength={6} /></Form.Item>
        {embeddings.isThere && <Form.Item name="embedding" label={t('embedding.title')} extra={t('embedding.note')}><Select options={embeddings.options} placeholder={t('embedding.own')} /></Form.Item>}
        <Form.Item name="description" label={t('new.description')}><Input.TextArea rows={2} maxLength={200} /></Form.Item>
      </Form>
      {error != null && <ErrorCard error={error} />}
    </Modal>
  )
}
