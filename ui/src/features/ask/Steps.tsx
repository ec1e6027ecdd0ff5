/** How a question comes to its answer, step by step: live while it runs, one line when it is done. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Step, StepStatus } from '~/api/types'

const ORDER = ['understand', 'screen', 'retrieve', 'draft', 'check', 'release']
/** What every question goes through; a step that only some servers tell is shown when it is told. */
const ALWAYS = ORDER.slice(1)

const SIGNS: Record<StepStatus | 'waiting', string> = { pass: '✓', review: '⧗', refused: '!', fail: '×', running: '', waiting: '' }

/** `released`: whatever held it up on the way is over. */
export function Steps({ steps, busy, released }: { steps: Step[]; busy: boolean; released?: boolean }) {
  const { t } = useTranslation('ask')
  const [open, setOpen] = useState(false)
  const told = steps.map((step) => step.name)
  const names = [...ORDER.filter((name) => ALWAYS.includes(name) || told.includes(name)), ...told.filter((name) => !ORDER.includes(name))]
  const shown = names.map((name) => steps.find((step) => step.name === name) ?? { name, status: 'waiting' as const, ms: null })
  const line = (step: (typeof shown)[number]) => (
    <li key={step.name} className={`step ${step.status}`}>
      <span className="step-sign" aria-hidden="true">{SIGNS[step.status as StepStatus] ?? ''}</span>
      <span>{t(`steps.${step.name}`, { defaultValue: step.name })}</span>
      {!busy && step.ms != null && <span className="step-ms">{t('ms', { n: step.ms })}</span>}
      <span className="visually-hidden">{t(`stepStatus.${step.status}`)}</span>
    </li>
  )
  if (busy) {
    return (
      <ol className="steps" data-testid="steps" aria-label={t('steps.label')}>
        {shown.map(line)}
      </ol>
    )
  }
  if (steps.length === 0) return null
  const total = steps.reduce((sum, step) => sum + (step.ms ?? 0), 0)
  const worst = released ? undefined : steps.find((step) => step.status !== 'pass')
  return (
    <div className="steps-done">
      <button type="button" className="link-button steps-summary" aria-expanded={open} onClick={() => setOpen(!open)}>
        {worst
          ? t('steps.stopped', { step: t(`steps.${worst.name}`, { defaultValue: worst.name }), status: t(`stepStatus.${worst.status}`) })
          : t('steps.done', { n: steps.length, ms: total })}
        <span aria-hidden="true">{open ? ' ▴' : ' ▾'}</span>
      </button>
      {open && <ol className="steps">{shown.filter((step) => step.status !== 'waiting').map(line)}</ol>}
    </div>
  )
}
