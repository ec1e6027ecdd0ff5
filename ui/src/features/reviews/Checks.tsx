/** The automatic checks of a draft, and what has happened to it so far. */
import { CheckCircleFilled, CloseCircleFilled, WarningFilled } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'
import type { Check, Review } from '~/api/types'
import { dateTime } from '~/components/time'
import { reasonWords } from './reviews'

const ICONS = { pass: <CheckCircleFilled />, warn: <WarningFilled />, fail: <CloseCircleFilled /> }
const ORDER = { fail: 0, warn: 1, pass: 2 }

export function Checks({ checks }: { checks: Check[] }) {
  const { t } = useTranslation('reviews')
  const sorted = [...checks].sort((a, b) => (ORDER[a.status] ?? 3) - (ORDER[b.status] ?? 3))
  return (
    <section className="panel panel-pad" data-testid="checks">
      <div className="desk-title"><h2>{t('checks')}</h2></div>
      {sorted.length === 0 && <p className="muted">{t('common:none')}</p>}
      <ul className="checks">
        {sorted.filter((check) => !quiet(check)).map((check) => (
          <li key={check.rule + check.message} className={check.status}>
            <span className="check-sign" title={t(`check.${check.status}`)}>{ICONS[check.status]}</span>
            <span>
              <strong>{ruleName(check, t)}</strong>
              <span className="check-message">{check.message || t(`check.${check.status}`)}</span>
            </span>
          </li>
        ))}
      </ul>
      <ul className="checks quiet">
        {sorted.filter(quiet).map((check) => (
          <li key={check.rule} className="pass">
            <span className="check-sign" title={t('check.pass')}>{ICONS.pass}</span>
            {ruleName(check, t)}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** A check that passed without a remark needs no more than a tick. */
const quiet = (check: Check) => check.status === 'pass' && check.message === ''

const ruleName = (check: Check, t: (key: string, values?: Record<string, unknown>) => string) => t(`rule.${check.rule.replaceAll('.', '_')}`, { defaultValue: check.rule })

export function Past({ history }: { history: Review['history'] }) {
  const { t } = useTranslation('reviews')
  if (history.length === 0) return null
  return (
    <section className="panel panel-pad">
      <div className="desk-title"><h2>{t('history')}</h2></div>
      <ol className="past">
        {history.map((step) => (
          <li key={step.at + step.action}>
            <span className="muted">{dateTime(step.at)}</span> {step.by} · {t(`past.${step.action}`, { defaultValue: step.action })}
            {step.reason && <span className="muted">（{reasonWords(step.reason, t)}）</span>}
          </li>
        ))}
      </ol>
    </section>
  )
}
