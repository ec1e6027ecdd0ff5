/** The fence as text: a draft is checked first, says its mistakes by line and who would lose or gain what, and counts only with a reason. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Input } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post, put } from '~/api/client'
import type { Fence, FenceChange, FenceCheck, Mistake } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'

export function FenceEditor({ fence, manages }: { fence: Fence; manages: boolean }) {
  const { t } = useTranslation('fence')
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [text, setText] = useState(fence.text)
  const [reason, setReason] = useState('')
  const area = useRef<HTMLTextAreaElement>(null)
  const check = useMutation({ mutationFn: async (draft: string) => ({ draft, found: await post<FenceCheck>('/fence/check', { text: draft }) }) })
  const save = useMutation({
    mutationFn: () => put<Fence>('/fence', { text, reason: reason.trim() }),
    onSuccess: (next) => {
      queries.setQueryData(['fence'], next)
      void queries.invalidateQueries({ queryKey: ['fence', 'versions'] })
      setText(next.text)
      setReason('')
      check.reset()
      void message.success(t('saved'))
    },
  })
  // A check holds for the very text it was made of.
  const checked = check.data?.draft === text ? check.data.found : null
  const goTo = (line: number | null) => {
    const box = area.current
    if (!box || line === null) return
    const lines = text.split('\n')
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
    box.focus()
    box.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0))
    box.scrollTop = Math.max(0, (line - 4) * 20)
  }
  return (
    <section className="panel panel-pad fence-editor" aria-label={t('editor.title')} data-testid="fence-editor">
      <header className="testbox-head">
        <h2>{t('editor.title')}</h2>
        {text !== fence.text && <Button size="small" type="link" onClick={() => setText(fence.text)}>{t('editor.undo')}</Button>}
      </header>
      <p className="muted">{t(manages ? 'editor.note' : 'editor.read')}</p>
      <div className="code-box">
        <pre aria-hidden="true">{text.split('\n').map((_, at) => <span key={at} className={checked?.mistakes.some((one) => lineOf(text, one) === at + 1) ? 'bad' : ''}>{at + 1}{'\n'}</span>)}</pre>
        <textarea ref={area} wrap="off" rows={Math.max(10, text.split('\n').length + 1)} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} aria-label={t('editor.title')} data-testid="fence-text" />
      </div>
      <div className="testbox-foot">
        <span />
        <Button onClick={() => check.mutate(text)} loading={check.isPending} data-testid="fence-check">{t('editor.check')}</Button>
      </div>
      {check.isError && <ErrorCard error={check.error} onRetry={() => check.mutate(text)} />}
      {checked && (
        <div className="results" data-testid="fence-found">
          <p className="verdict"><span className={`badge ${checked.ok ? 'green' : 'red'}`}>{t(checked.ok ? 'editor.ok' : 'editor.bad')}</span></p>
          {checked.mistakes.length > 0 && (
            <ul className="mistakes">
              {checked.mistakes.map((one, at) => (
                <li key={at} data-testid="mistake">
                  {one.line !== null && <button type="button" className="link-button" onClick={() => goTo(lineOf(text, one))}>{t('editor.line', { n: lineOf(text, one) })}</button>} {one.problem}
                </li>
              ))}
            </ul>
          )}
          {checked.ok && <div className="results-two">
            <Lines name={t('editor.lost', { n: checked.lost.length })} lines={checked.lost} none={t('editor.noLost')} />
            <Lines name={t('editor.gained', { n: checked.gained.length })} lines={checked.gained} none={t('editor.noGained')} />
          </div>}
          {manages && checked.ok && text !== fence.text && (
            <div className="fence-save">
              <Input value={reason} maxLength={200} onChange={(event) => setReason(event.target.value)} placeholder={t('editor.reason')} aria-label={t('editor.reason')} data-testid="fence-reason" />
              <Button type="primary" danger={checked.lost.length > 0} disabled={reason.trim() === ''} loading={save.isPending} onClick={() => save.mutate()} data-testid="fence-save">{t('editor.save')}</Button>
            </div>
          )}
          {save.isError && <ErrorCard error={save.error} />}
        </div>
      )}
    </section>
  )
}

/** The line of the whole text: a mistake in one of several files is told by the line of that file. */
function lineOf(text: string, { file, line }: Mistake): number | null {
  if (line === null) return null
  const head = text.split('\n').findIndex((one) => one.startsWith('// file: ') && one.slice(9).trim() === file)
  return head < 0 ? line : head + 1 + line
}

function Lines({ name, lines, none }: { name: string; lines: FenceChange[]; none: string }) {
  const { t } = useTranslation(['fence', 'accounts'])
  const words = ({ people, count, action, over, zones }: FenceChange) => {
    const who = people.map((one) => (one === 'visitor' ? t('visitor') : one)).join(t('comma'))
    const what = t(`act.${action}`, { defaultValue: t(`accounts:action.${action.replaceAll('.', '_')}`, { defaultValue: action }) })
    return [count > people.length ? t('andMore', { who, n: count - people.length }) : who, [what, over].filter(Boolean).join(' '), zones.map((zone) => t(`zone.${zone}`)).join(t('comma'))].join(' · ')
  }
  return (
    <div className="result">
      <h3>{name}</h3>
      {lines.length === 0 ? <p className="muted">{none}</p> : <ul className="lines">{lines.map((line, at) => <li key={at}>{words(line)}</li>)}</ul>}
    </div>
  )
}
