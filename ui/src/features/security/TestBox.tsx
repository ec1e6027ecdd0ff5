/** The test box: paste a text and see every finding of the guard with its place, rule and score. Nothing is kept. */
import { useMutation } from '@tanstack/react-query'
import { Button, Input, Segmented } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import type { Deidentified, Risked, Screened, Verified } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { DeidentifiedResult, RiskResult, ScreenedResult, VerifiedResult } from './Results'

type Tool = 'deidentify' | 'screen' | 'risk' | 'verify'
type Answer = { tool: 'deidentify'; text: string; found: Deidentified } | { tool: 'screen'; text: string; context: string; found: Screened } | { tool: 'risk'; text: string; found: Risked } | { tool: 'verify'; found: Verified; evidence: string[] }

async function run(tool: Tool, text: string, context: string): Promise<Answer> {
  if (tool === 'deidentify') return { tool, text, found: await post<Deidentified>('/guard/deidentify', { text }) }
  if (tool === 'screen') return { tool, text, context, found: await post<Screened>('/guard/screen', { text, ...(context.trim() ? { context } : {}) }) }
  if (tool === 'risk') return { tool, text, found: await post<Risked>('/guard/risk', { text }) }
  const evidence = context.split(/\n\s*\n/).map((one) => one.trim()).filter(Boolean)
  return { tool, evidence, found: await post<Verified>('/guard/verify', { answer: text, evidence }) }
}

export function TestBox() {
  const { t } = useTranslation('security')
  const [tool, setTool] = useState<Tool>('deidentify')
  const [text, setText] = useState('')
  const [context, setContext] = useState('')
  const test = useMutation({ mutationFn: () => run(tool, text, context) })
  const paired = tool === 'screen' || tool === 'verify'
  const send = () => text.trim() !== '' && test.mutate()
  const shown = test.data?.tool === tool ? test.data : null
  return (
    <section className="panel panel-pad testbox" aria-label={t('box.title')} data-testid="testbox">
      <header className="testbox-head">
        <h2>{t('box.title')}</h2>
        <Segmented<Tool> value={tool} onChange={setTool} options={(['deidentify', 'screen', 'risk', 'verify'] as const).map((value) => ({ value, label: t(`tool.${value}`) }))} />
      </header>
      <p className="muted">{t(`about.${tool}`)}</p>
      <div className={`testbox-fields${paired ? ' two' : ''}`}>
        <label>
          <span>{t(tool === 'verify' ? 'field.answer' : 'field.text')}</span>
          <Input.TextArea rows={6} maxLength={20_000} value={text} onChange={(event) => setText(event.target.value)} placeholder={t(`placeholder.${tool}`)} data-testid="test-text" onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && send()} />
        </label>
        {paired && (
          <label>
            <span>{t(tool === 'verify' ? 'field.evidence' : 'field.context')}</span>
            <Input.TextArea rows={6} maxLength={20_000} value={context} onChange={(event) => setContext(event.target.value)} placeholder={t(tool === 'verify' ? 'placeholder.evidence' : 'placeholder.context')} data-testid="test-context" />
          </label>
        )}
      </div>
      <div className="testbox-foot">
        <span className="muted">{t('box.kept')}</span>
        <Button type="primary" loading={test.isPending} disabled={text.trim() === ''} onClick={send} data-testid="test-run">{t('box.run')}</Button>
      </div>
      {test.isError && <ErrorCard error={test.error} onRetry={send} />}
      {shown?.tool === 'deidentify' && <DeidentifiedResult text={shown.text} found={shown.found} />}
      {shown?.tool === 'screen' && <ScreenedResult text={shown.text} context={shown.context} found={shown.found} />}
      {shown?.tool === 'risk' && <RiskResult text={shown.text} found={shown.found} />}
      {shown?.tool === 'verify' && <VerifiedResult found={shown.found} evidence={shown.evidence} />}
    </section>
  )
}
