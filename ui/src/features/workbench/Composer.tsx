/** Where a question is written: its length, the day whose rules apply, and what may be entered. */
import { CalendarOutlined } from '@ant-design/icons'
import { Sender } from '@ant-design/x'
import { DatePicker } from 'antd'
import dayjs from 'dayjs'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Run, Scenario } from '~/api/types'
import { useMedia } from '~/components/useMedia'
import { LabelLine } from '~/features/ask/Outcomes'

const DRAFT = 'shuzheng.draft'

type Props = {
  scenario: Scenario
  busy: boolean
  last: Run | null
  asOf: string | null
  onAsOf: (day: string | null) => void
  onAsk: (question: string) => void
  onStop: () => void
}

export function Composer({ scenario, busy, last, asOf, onAsOf, onAsk, onStop }: Props) {
  const { t } = useTranslation('workbench')
  // A draft outlives a session that runs out in the middle of a sentence.
  const [text, setText] = useState(() => sessionStorage.getItem(DRAFT) ?? '')
  useEffect(() => sessionStorage.setItem(DRAFT, text), [text])
  const sender = useRef<React.ComponentRef<typeof Sender>>(null)
  useEffect(() => {
    if (!busy) sender.current?.focus({ preventScroll: true })
  }, [busy])
  const touch = useMedia('(pointer: coarse), (max-width: 600px)')
  const limit = scenario.max_question_chars
  const length = [...text].length
  const over = length > limit
  const send = (question: string) => {
    if (question.trim() === '' || over || busy) return
    setText('')
    onAsk(question.trim())
  }
  return (
    <div className="composer" data-testid="composer">
      <Sender
        ref={sender}
        value={text}
        onChange={setText}
        onSubmit={send}
        onCancel={onStop}
        loading={busy}
        placeholder={`${t('composer.placeholder')}${touch ? '' : t('composer.keys')}`}
        autoSize={{ minRows: 2, maxRows: 8 }}
        suffix={false}
        footer={(_, { components: { SendButton, LoadingButton } }) => (
          <div className="composer-foot">
            <span className="composer-hint">{t('composer.asOf')}</span>
            <DatePicker
              size="small"
              variant="filled"
              value={asOf ? dayjs(asOf) : null}
              onChange={(day) => onAsOf(day ? day.format('YYYY-MM-DD') : null)}
              placeholder={t('composer.today')}
              aria-label={t('composer.asOf')}
              suffixIcon={<CalendarOutlined />}
              disabledDate={(day) => day.isAfter(dayjs().add(5, 'year'))}
              className={asOf ? 'as-of set' : 'as-of'}
            />
            <span className={`composer-count${over ? ' over' : ''}`} aria-live={over ? 'polite' : 'off'} data-testid="count">
              {t('composer.count', { n: length, limit })}
            </span>
            {busy ? (
              <LoadingButton type="default" aria-label={t('composer.stop')} data-testid="stop" />
            ) : (
              <SendButton type="primary" disabled={over || text.trim() === ''} aria-label={t('composer.send')} data-testid="send" />
            )}
          </div>
        )}
      />
      <div className="composer-notes">
        <span data-testid="permitted">{t('composer.permitted', { level: t(`common:level.${scenario.level}`) })}</span>
        <LabelLine run={last} />
      </div>
    </div>
  )
}
