/** Sending an item to another department or competence: how an exception is resolved. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post } from '~/api/client'
import type { Review, ReviewerProfile } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'

export function AssignDialog({ review, open, onClose }: { review: Review; open: boolean; onClose: () => void }) {
  const { t } = useTranslation('reviews')
  const queries = useQueryClient()
  const [department, setDepartment] = useState(review.department ?? '')
  const [competence, setCompetence] = useState(review.competence ?? '')
  const people = useQuery({ queryKey: ['reviewers'], queryFn: ({ signal }) => get<{ items: ReviewerProfile[] }>('/reviewers', signal), enabled: open })
  const known = [...new Set((people.data?.items ?? []).flatMap((one) => one.competences))]
  const send = useMutation({
    mutationFn: () => post(`/reviews/${encodeURIComponent(review.id)}/assign`, { ...(department.trim() ? { department: department.trim() } : {}), ...(competence.trim() ? { competence: competence.trim() } : {}) }),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['reviews'] }), queries.invalidateQueries({ queryKey: ['review', review.id] })])
      onClose()
    },
  })
  return (
    <Modal open={open} title={t('assign.title')} okText={t('assign.send')} cancelText={t('common:cancel')} confirmLoading={send.isPending} onOk={() => send.mutate()} onCancel={onClose} destroyOnHidden>
      <div className="stack">
        <p>{t('assign.text')}</p>
        <label>{t('assign.department')}<Input value={department} onChange={(event) => setDepartment(event.target.value)} placeholder={t('assign.anyDepartment')} data-testid="assign-department" /></label>
        <label>{t('assign.competence')}<Select allowClear showSearch value={competence || undefined} onChange={(value) => setCompetence(value ?? '')} placeholder={t('assign.anyCompetence')} options={known.map((value) => ({ value }))} style={{ width: '100%' }} aria-label={t('assign.competence')} /></label>
        <ul className="muted assign-people">
          {(people.data?.items ?? []).map((one) => (
            <li key={one.id}>{one.name} · {one.department}{one.competences.length > 0 && ` · ${one.competences.join('、')}`}{one.away && ` · ${t('assign.away')}`}</li>
          ))}
        </ul>
        {send.isError && <ErrorCard error={send.error} />}
      </div>
    </Modal>
  )
}
