/** A step with a work order: what it needs, and nothing else. */
import { Alert, Button, Checkbox, Input, Modal, Rate, Select } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import type { HotlineCheck, HotlineDraft, HotlineOrderFull } from '~/api/types'
import { describe } from '~/components/ErrorCard'
import { type StepBody, TAGS, useSettings, useStep } from './hotline'
import { CheckList, Why } from './parts'

const NEEDS_NOTE = ['decline', 'ask_return', 'refuse_return', 'ask_extension', 'refuse_extension', 'send_back', 'redo', 'close_anyway']
const REPLIES = ['answer', 'answer_directly']
const CALLS_BACK = ['content', 'redo', 'close_anyway']

export function StepDialog({ full, step, into, onClose }: { full: HotlineOrderFull; step: string; into?: string; onClose: () => void }) {
  const { t } = useTranslation('hotline')
  const { order } = full
  const settings = useSettings()
  const take = useStep(order.id)
  const [note, setNote] = useState('')
  const [responsible, setResponsible] = useState<string | undefined>(order.responsible?.id)
  const [assisting, setAssisting] = useState<string[]>(order.assisting.map((one) => one.id))
  const [proposed, setProposed] = useState<HotlineDraft | null>(null)
  const [reply, setReply] = useState(order.reply?.text ?? '')
  const [checks, setChecks] = useState<HotlineCheck[] | null>(null)
  const [target, setTarget] = useState(into ?? full.similar.find((one) => one.repeat)?.id)
  const [contacted, setContacted] = useState(true)
  const [solved, setSolved] = useState(step === 'content')
  const [satisfaction, setSatisfaction] = useState(step === 'content' ? 5 : 2)
  const [tags, setTags] = useState<string[]>([])
  const [fault, setFault] = useState<unknown>(null)
  const dispatch = step === 'dispatch'
  useEffect(() => {
    if (!dispatch || order.responsible) return
    let gone = false
    post<HotlineDraft>('/hotline/drafts', { text: `${order.summary}\n${order.content}` }).then((draft) => {
      if (gone) return
      setProposed(draft)
      setResponsible((old) => old ?? draft.responsible?.department)
      setAssisting((old) => (old.length > 0 ? old : draft.assisting.map((one) => one.department)))
    }, () => undefined)
    return () => { gone = true }
  }, [dispatch, order.responsible, order.summary, order.content])
  const departments = (settings.data?.departments ?? []).map((one) => ({ value: one.id, label: one.name }))
  const draft = async () => {
    try {
      const made = await post<{ text: string; checks: HotlineCheck[] }>(`/hotline/orders/${order.id}/reply_draft`)
      setReply(made.text)
      setChecks(made.checks)
    } catch (error) {
      setFault(error)
    }
  }
  const check = async () => {
    try {
      setChecks((await post<{ items: HotlineCheck[] }>(`/hotline/orders/${order.id}/reply_check`, { text: reply })).items)
    } catch (error) {
      setFault(error)
    }
  }
  const ready = (!NEEDS_NOTE.includes(step) || note.trim() !== '') && (!dispatch || responsible !== undefined) && (!REPLIES.includes(step) || (reply.trim() !== '' && !reply.includes('____'))) && (step !== 'merge' || target !== undefined)
  const send = () => {
    const body: StepBody = { step, version: order.version, note }
    if (dispatch) Object.assign(body, { responsible, assisting })
    if (REPLIES.includes(step)) body.reply = reply
    if (step === 'merge') body.into = target
    if (CALLS_BACK.includes(step)) Object.assign(body, { callback: { contacted, solved, satisfaction }, tags: tags.map((tag) => t(`tag.${tag}`)) })
    take.mutate(body, { onSuccess: onClose, onError: setFault })
  }
  const told = fault ? describe(fault, t) : null
  return (
    <Modal open title={t(`move.${step}`)} onCancel={onClose} onOk={send} okText={t(`move.${step}`)} cancelText={t('common:cancel')} okButtonProps={{ disabled: !ready, loading: take.isPending, 'data-testid': 'step-ok' }} width={REPLIES.includes(step) ? 720 : 520} destroyOnHidden>
      <div className="hotline-dialog">
        {told && <Alert type="error" showIcon title={told.title} description={told.next} />}
        {dispatch && (
          <>
            <label>{t('field.responsible')}<Select aria-label={t('field.responsible')} showSearch={{ optionFilterProp: 'label' }} value={responsible} onChange={setResponsible} options={departments} /></label>
            {proposed?.responsible && <Why reason={proposed.responsible.reason} />}
            <label>{t('field.assisting')}<Select aria-label={t('field.assisting')} mode="multiple" showSearch={{ optionFilterProp: 'label' }} value={assisting} onChange={setAssisting} options={departments} /></label>
          </>
        )}
        {REPLIES.includes(step) && (
          <>
            <div className="hotline-row"><Button size="small" onClick={() => void draft()} data-testid="reply-draft">{t('reply.draft')}</Button><Button size="small" onClick={() => void check()} disabled={reply.trim() === ''} data-testid="reply-check">{t('reply.check')}</Button></div>
            <Input.TextArea aria-label={t('reply.title')} value={reply} maxLength={4000} autoSize={{ minRows: 6, maxRows: 14 }} onChange={(event) => setReply(event.target.value)} data-testid="reply-text" />
            {reply.includes('____') && <p className="muted">{t('reply.open')}</p>}
            {checks && <CheckList checks={checks} />}
          </>
        )}
        {step === 'merge' && <label>{t('similar.into')}<Select aria-label={t('similar.into')} value={target} onChange={setTarget} options={full.similar.map((one) => ({ value: one.id, label: `${one.number} ${one.summary}` }))} /></label>}
        {CALLS_BACK.includes(step) && (
          <>
            <div className="hotline-row">
              <Checkbox checked={contacted} onChange={(event) => setContacted(event.target.checked)}>{t('callback.contacted')}</Checkbox>
              <Checkbox checked={solved} onChange={(event) => setSolved(event.target.checked)}>{t('callback.solved')}</Checkbox>
              <span>{t('callback.satisfaction')} <Rate value={satisfaction} onChange={(value) => setSatisfaction(value || 1)} /></span>
            </div>
            <label>{t('callback.tags')}<Select aria-label={t('callback.tags')} mode="multiple" value={tags} onChange={setTags} options={TAGS.map((value) => ({ value, label: t(`tag.${value}`) }))} /></label>
          </>
        )}
        <label>{t(NEEDS_NOTE.includes(step) ? 'note_needed' : 'note_free')}<Input.TextArea aria-label={t('note_free')} value={note} maxLength={500} autoSize={{ minRows: 2, maxRows: 5 }} onChange={(event) => setNote(event.target.value)} data-testid="step-note" /></label>
      </div>
    </Modal>
  )
}
