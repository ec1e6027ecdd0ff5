/** One call: the live transcript, the suggested answer with its citations, and the drafted work order. */
import { PhoneOutlined } from '@ant-design/icons'
import { App, Button, Input, Segmented, Spin } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import { query } from '~/api/client'
import type { Citation } from '~/api/types'
import { describe } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { dateTime } from '~/components/time'
import { AnswerText } from '~/features/ask/AnswerText'
import { CitationChip } from '~/features/ask/CitationChip'
import { endCall } from '~/features/hotline/hotline'
import { OrderForm } from '~/features/hotline/OrderForm'
import { SimilarList, Urgency } from '~/features/hotline/parts'
import { useTranscript } from '~/features/hotline/useTranscript'
import '~/features/hotline/hotline.css'

export function Component() {
  const { t } = useTranslation(['hotline', 'ask'])
  const { call = '' } = useParams()
  const { message } = App.useApp()
  const go = useNavigate()
  const { view, answer, partial, problem, open, say } = useTranscript(call)
  const [speaker, setSpeaker] = useState('caller')
  const [line, setLine] = useState('')
  const end = useRef<HTMLLIElement>(null)
  useEffect(() => {
    // It answers with a promise in new browsers, which an effect must not give back.
    void end.current?.scrollIntoView({ block: 'nearest' })
  }, [view?.said.length, partial])
  if (!view) return <Spin className="page-spin" description={problem?.title} />
  const { draft } = view
  const live = view.call.state !== 'ended'
  const send = (text: string, who = speaker) => {
    if (text.trim() === '') return
    if (say(who, text.trim())) setLine('')
    else void message.warning(t('call.broken'))
  }
  const hangUp = async () => {
    try {
      await endCall(call)
    } catch (error) {
      void message.error(describe(error, t).title)
    }
  }
  const cite = (citation: Citation) => void go(`/documents/${citation.document_id}${query({ article: citation.article_id })}`)
  const supported = answer ? answer.run.claims.filter((claim) => claim.verdict === 'supported').length : 0
  return (
    <div className="page hotline-page" onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) document.querySelector<HTMLFormElement>('.hotline-form')?.requestSubmit() }}>
      <PageHead
        title={t('call.title')}
        crumbs={<Link to="/hotline">{t('title')}</Link>}
        note={`${view.call.phone ?? t('unknown')} · ${dateTime(view.call.started_at)} · ${t(`callState.${view.call.state}`)}${open ? '' : ` · ${t('call.reconnecting')}`}`}
        actions={<><Urgency value={draft.urgency.value} />{live && <Button danger icon={<PhoneOutlined rotate={135} />} onClick={() => void hangUp()} data-testid="hang-up">{t('call.end')}</Button>}</>}
      />
      {draft.hand_over && <div className="note-card red hotline-alarm" role="alert" data-testid="hand-over"><strong>{t('call.handOver', { number: draft.hand_over })}</strong> {draft.urgency.reason.words.join(' ')}</div>}
      {draft.declined && <div className="note-card amber">{t(`declined.${draft.declined.code}`)}</div>}
      {problem && <div className="note-card red" role="alert">{problem.title} {problem.detail}</div>}
      <div className="hotline-panes">
        <section className="panel hotline-pane" aria-label={t('call.transcript')}>
          <h2>{t('call.transcript')}</h2>
          <ul className="hotline-said" aria-live="polite" data-testid="transcript">
            {view.said.length === 0 && !partial && <li className="muted">{t('call.nothing')}</li>}
            {view.said.map((one, at) => <li key={at} className={one.speaker}><span>{t(`speaker.${one.speaker}`)}</span><p>{one.text}</p></li>)}
            {partial && <li className={`${partial.speaker} partial`}><span>{t(`speaker.${partial.speaker}`)}</span><p>{partial.text}</p></li>}
            <li ref={end} aria-hidden="true" />
          </ul>
          {live && (
            <div className="hotline-typing">
              <Segmented size="small" value={speaker} onChange={setSpeaker} options={[{ value: 'caller', label: t('speaker.caller') }, { value: 'operator', label: t('speaker.operator') }]} />
              <Input.TextArea autoFocus value={line} maxLength={2000} autoSize={{ minRows: 2, maxRows: 5 }} placeholder={t('call.type')} aria-label={t('call.type')} onChange={(event) => setLine(event.target.value)}
                onPressEnter={(event) => { if (!event.shiftKey && !event.ctrlKey && !event.metaKey && !event.nativeEvent.isComposing) { event.preventDefault(); send(line) } }} data-testid="say" />
            </div>
          )}
          {draft.follow_ups.length > 0 && (
            <div className="hotline-ask">
              <h3>{t('call.askNext')}</h3>
              <ul data-testid="follow-ups">
                {draft.follow_ups.map((ask) => <li key={ask.missing}><button type="button" className="link-button" disabled={!live} onClick={() => send(ask.question, 'operator')}>{ask.question}</button></li>)}
              </ul>
            </div>
          )}
        </section>
        <section className="panel hotline-pane" aria-label={t('call.answer')}>
          <h2>{t('call.answer')}</h2>
          {draft.question && <p className="hotline-question"><span className="muted">{t('call.question')}</span> {draft.question}</p>}
          <div data-testid="suggested-answer">
            {!answer && <p className="muted">{draft.question.length >= 5 ? t('call.looking') : t('call.noQuestion')}</p>}
            {answer && answer.run.status === 'released' && (
              <>
                <AnswerText answer={answer.run.answer ?? ''} claims={answer.run.claims} citations={answer.run.citations} onCite={cite} />
                <div className="hotline-chips">{answer.run.citations.map((citation) => <CitationChip key={citation.n} citation={citation} onCite={cite} open={(document) => `/documents/${document}`} />)}</div>
                <p className="muted">{t('call.confidence', { n: supported, of: answer.run.claims.length })}{answer.run.label ? ` · ${answer.run.label.text}` : ''}</p>
              </>
            )}
            {answer && answer.run.status === 'in_review' && <p className="note-card amber">{t('call.inReview')}</p>}
            {answer && answer.run.status === 'refused' && <p className="note-card blue">{answer.run.refusal?.message} {answer.run.refusal?.next_step}</p>}
          </div>
          {draft.flags.length > 0 && (
            <div className="hotline-flags">
              <h3>{t('call.look')}</h3>
              <ul data-testid="flags">{draft.flags.map((flag) => <li key={flag.code}>{t(`flag.${flag.code}`, { detail: flag.detail })}</li>)}</ul>
            </div>
          )}
          <h3>{t('similar.title')}</h3>
          <SimilarList similar={view.similar} />
        </section>
        <section className="panel hotline-pane" aria-label={t('call.order')}>
          <h2>{t('call.order')}</h2>
          {view.call.order_id && <p><Link to={`/hotline/orders/${view.call.order_id}`}>{t('call.openOrder')}</Link></p>}
          <OrderForm call={call} draft={draft} made={view.call.order_id} />
        </section>
      </div>
    </div>
  )
}
