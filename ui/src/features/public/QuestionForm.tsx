/** One question box with its limit, what not to write into it, and questions others ask. */
import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Scenario } from '~/api/types'
import { scenarioWords } from '~/features/ask/scenarios'

type Props = { scenario: Scenario; busy: boolean; examples: boolean; onAsk: (question: string) => void; onStop: () => void }

export function QuestionForm({ scenario, busy, examples, onAsk, onStop }: Props) {
  const { t } = useTranslation('public')
  const [text, setText] = useState('')
  const length = [...text].length
  const over = length > scenario.max_question_chars
  const send = (question: string) => {
    if (question.trim() === '' || over || busy) return
    setText('')
    onAsk(question.trim())
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send(text)
  }
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send(text)
  }
  return (
    <>
      <form className="citizen-form" onSubmit={submit}>
        <label htmlFor="question">{t('question')}</label>
        <textarea id="question" rows={3} value={text} placeholder={t('placeholder')} aria-describedby="privacy count" aria-invalid={over} onChange={(event) => setText(event.target.value)} onKeyDown={key} data-testid="question" />
        <div className="citizen-form-foot">
          <span id="count" className={over ? 'over' : ''}>{t('count', { n: length, limit: scenario.max_question_chars })}</span>
          {busy ? (
            <button type="button" className="citizen-send stop" onClick={onStop}>{t('stop')}</button>
          ) : (
            <button type="submit" className="citizen-send" disabled={over || text.trim() === ''} data-testid="send">{t('send')}</button>
          )}
        </div>
      </form>
      <p id="privacy" className="citizen-privacy">
        <svg width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.4" aria-hidden="true"><path d="M8 1.5 2.5 3.6v4c0 3.3 2.3 5.7 5.5 6.9 3.2-1.2 5.5-3.6 5.5-6.9v-4L8 1.5Zm-2.3 6.3 1.7 1.7 3-3.2" /></svg>
        {t('privacy')}
      </p>
      {examples && (
        <div className="citizen-examples">
          <h2>{t('examples')}</h2>
          <ul>
            {scenarioWords(scenario).examples.map((example) => (
              <li key={example}>
                <button type="button" onClick={() => send(example)} data-testid="example">{example}</button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}
