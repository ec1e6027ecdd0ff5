/** What can be done with an answer: copy, export, say whether it helped. */
import { CopyOutlined, DislikeFilled, DislikeOutlined, DownloadOutlined, LikeFilled, LikeOutlined } from '@ant-design/icons'
import { App, Button, Checkbox, Dropdown, Input, Popover, Tooltip } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import type { Feedback, Run } from '~/api/types'
import { describe } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import { exportAddress, FORMATS } from '~/features/ask/ExportMenu'
import { copyText } from '~/features/ask/takeAway'

const REASONS = ['wrong', 'outdated', 'incomplete', 'irrelevant', 'unclear', 'unsafe'] as const

export function AnswerActions({ run, onChange }: { run: Run; onChange: (run: Run) => void }) {
  const { t } = useTranslation(['workbench', 'ask'])
  const { message } = App.useApp()
  const [open, setOpen] = useState(false)
  // A second word replaces the first one whole, so the reasons go along with it.
  const [last, setLast] = useState<Feedback | null>(null)
  const words = { sources: t('turn.sources') }
  const answered = run.status === 'released'
  const send = async (feedback: Feedback) => {
    setOpen(false)
    try {
      await post(`/runs/${run.run_id}/feedback`, feedback)
      onChange({ ...run, feedback: { rating: feedback.rating, solved: feedback.solved ?? run.feedback?.solved ?? null } })
      setLast(feedback)
      void message.success(t('feedback.thanks'))
    } catch (error) {
      void message.error(describe(error, t).title)
    }
  }
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(copyText(run, words))
      void message.success(t('actions.copied'))
    } catch {
      void message.error(t('actions.notCopied'))
    }
  }
  const rating = run.feedback?.rating
  return (
    <div className="actions">
      {answered && (
        <>
          <Tooltip title={t('actions.copy')}>
            <Button type="text" size="small" icon={<CopyOutlined />} aria-label={t('actions.copy')} onClick={() => void copy()} data-testid="copy" />
          </Tooltip>
          <Dropdown trigger={['click']} menu={{ items: FORMATS.map((format) => ({ key: format, label: <a href={exportAddress(run, format)} download data-testid={`export-${format}`}>{t(`ask:export.${format}`)}</a> })) }}>
            <Button type="text" size="small" icon={<DownloadOutlined />} aria-label={t('actions.export')} title={t('actions.export')} data-testid="export" />
          </Dropdown>
          <span className="actions-line" />
        </>
      )}
      <Tooltip title={t('feedback.up')}>
        <Button type="text" size="small" icon={rating === 'up' ? <LikeFilled /> : <LikeOutlined />} aria-label={t('feedback.up')} aria-pressed={rating === 'up'} onClick={() => void send({ rating: 'up' })} data-testid="up" />
      </Tooltip>
      <Popover open={open} onOpenChange={setOpen} trigger="click" placement="top" content={<FeedbackForm onSend={send} />} destroyOnHidden>
        <Button type="text" size="small" icon={rating === 'down' ? <DislikeFilled /> : <DislikeOutlined />} aria-label={t('feedback.down')} aria-pressed={rating === 'down'} data-testid="down" />
      </Popover>
      {answered && rating && run.feedback?.solved == null && (
        <span className="solved">
          {t('feedback.solved')}
          <Button size="small" type="link" onClick={() => void send({ ...(last ?? { rating }), solved: true })} data-testid="solved-yes">{t('common:yes')}</Button>
          <Button size="small" type="link" onClick={() => void send({ ...(last ?? { rating }), solved: false })} data-testid="solved-no">{t('common:no')}</Button>
        </span>
      )}
      <time className="actions-time" dateTime={run.asked_at}>{dateTime(run.asked_at)}</time>
    </div>
  )
}

function FeedbackForm({ onSend }: { onSend: (feedback: Feedback) => void }) {
  const { t } = useTranslation('workbench')
  const [reasons, setReasons] = useState<string[]>([])
  const [comment, setComment] = useState('')
  return (
    <div className="feedback-form">
      <strong>{t('feedback.why')}</strong>
      <Checkbox.Group value={reasons} onChange={setReasons} options={REASONS.map((reason) => ({ value: reason, label: t(`feedback.${reason}`) }))} />
      <Input.TextArea rows={2} maxLength={500} value={comment} onChange={(event) => setComment(event.target.value)} placeholder={t('feedback.comment')} aria-label={t('feedback.comment')} />
      <Button type="primary" size="small" disabled={reasons.length === 0 && comment.trim() === ''} onClick={() => onSend({ rating: 'down', reasons, ...(comment.trim() ? { comment: comment.trim() } : {}) })} data-testid="send-feedback">
        {t('feedback.send')}
      </Button>
    </div>
  )
}
