/** Writing a correction: the question, what is right, and the articles that say so. */
import { Checkbox, DatePicker, Input, Modal, Select } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Correction, CorrectionDraft } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { scenarioWords, useScenarios } from '~/features/ask/scenarios'
import { useKeepCorrection } from './corrections'

type Start = Partial<Correction> & { run_id?: string }
type Props = { start: Start | null; onClose: () => void }

export function CorrectionForm({ start, onClose }: Props) {
  if (!start) return null
  return <Form key={start.id ?? start.run_id ?? 'new'} start={start} onClose={onClose} />
}

function Form({ start, onClose }: { start: Start; onClose: () => void }) {
  const { t } = useTranslation('trust')
  const scenarios = useScenarios().data ?? []
  const keep = useKeepCorrection(start.id ?? null)
  const [question, setQuestion] = useState(start.question ?? '')
  const [wrong, setWrong] = useState(start.wrong ?? '')
  const [right, setRight] = useState(start.right ?? start.wrong ?? '')
  const [articles, setArticles] = useState((start.articles ?? []).map((one) => one.article_id))
  const [scenario, setScenario] = useState(start.scenario ?? undefined)
  const [until, setUntil] = useState(start.valid_until ?? null)
  const [never, setNever] = useState(start.never_stale ?? false)
  const known = (start.articles ?? []).map((one) => ({ value: one.article_id, label: `[${one.n}] ${one.document} ${one.label}` }))
  const ready = question.trim() !== '' && right.trim() !== '' && articles.length > 0
  const send = async () => {
    const draft: CorrectionDraft = { question: question.trim(), wrong: wrong.trim(), right: right.trim(), articles, never_stale: never, ...(scenario ? { scenario } : {}), ...(until ? { valid_until: until } : {}), ...(start.run_id ? { run_id: start.run_id } : {}) }
    await keep.mutateAsync(draft).then(onClose, () => undefined)
  }
  return (
    <Modal open title={t(start.id ? 'form.change' : 'form.add')} okText={t('form.send')} cancelText={t('common:cancel')} okButtonProps={{ disabled: !ready, 'data-testid': 'keep-correction' } as never} confirmLoading={keep.isPending} onOk={() => void send()} onCancel={onClose} width={720}>
      <div className="stack correction-form">
        <p className="muted">{t('form.note')}</p>
        <label>{t('field.question')}<Input.TextArea autoSize value={question} maxLength={1000} onChange={(event) => setQuestion(event.target.value)} data-testid="correction-question" /></label>
        <label>{t('field.wrong')}<Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} value={wrong} onChange={(event) => setWrong(event.target.value)} /></label>
        <label>{t('field.right')}<Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} value={right} onChange={(event) => setRight(event.target.value)} data-testid="correction-right" /></label>
        <label>{t('field.articles')}<Select mode="tags" value={articles} onChange={setArticles} options={known} placeholder={t('form.articles')} style={{ width: '100%' }} aria-label={t('field.articles')} /></label>
        <label>{t('field.scenario')}<Select allowClear value={scenario} onChange={setScenario} placeholder={t('form.anyScenario')} options={scenarios.map((one) => ({ value: one.id, label: scenarioWords(one).title }))} style={{ width: '100%' }} aria-label={t('field.scenario')} /></label>
        <div className="correction-terms">
          <DatePicker value={until ? dayjs(until) : null} onChange={(day) => setUntil(day ? day.format('YYYY-MM-DD') : null)} placeholder={t('field.until')} aria-label={t('field.until')} />
          <Checkbox checked={never} onChange={(event) => setNever(event.target.checked)}>{t('field.never')}</Checkbox>
        </div>
        {keep.isError && <ErrorCard error={keep.error} />}
      </div>
    </Modal>
  )
}
