/** One error, told to a person: what happened, what to do next, and the two codes support will ask for. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '~/api/client'

export function describe(error: unknown, t: (key: string) => string) {
  if (!(error instanceof Problem)) {
    return { title: t('common:errors.unknown'), next: t('common:errors.unknownNext'), code: 'ui.unexpected', trace: null }
  }
  const known: Record<number, string> = { 0: 'unreachable', 401: 'login', 403: 'denied', 404: 'missing', 429: 'busy', 501: 'later', 503: 'unavailable' }
  const name = known[error.status] ?? 'unknown'
  return {
    title: error.title || t(`common:errors.${name}`),
    next: error.nextStep ?? error.detail ?? t(`common:errors.${name}Next`),
    code: error.code,
    trace: error.trace,
  }
}

export function ErrorCard({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation('common')
  const [copied, setCopied] = useState(false)
  const told = describe(error, t)
  const codes = [told.code, told.trace].filter(Boolean).join(' · ')
  const copy = async () => {
    await navigator.clipboard?.writeText(`${told.title}\n${codes}`).catch(() => undefined)
    setCopied(true)
  }
  return (
    <div className="note-card red error-card" role="alert" data-testid="error-card">
      <div className="error-title">
        <svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
          <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm.9 10.6H7.1V9.9h1.8v1.7Zm0-3H7.1V4.4h1.8v4.2Z" />
        </svg>
        <span>{told.title}</span>
      </div>
      <p className="error-next">{told.next}</p>
      {error instanceof Problem && error.errors.length > 0 && (
        <ul data-testid="field-errors">
          {error.errors.map((one) => <li key={one.field + one.reason}><b>{one.name}</b> {one.text}</li>)}
        </ul>
      )}
      <div className="error-foot">
        <span>
          {t('errors.code')} <code>{told.code}</code>
        </span>
        {told.trace && (
          <span>
            {t('errors.trace')} <code>{told.trace}</code>
          </span>
        )}
        <button type="button" className="plain-button small" onClick={copy}>
          {copied ? t('copied') : t('errors.copyCodes')}
        </button>
        {onRetry && (
          <button type="button" className="plain-button small" onClick={onRetry}>
            {t('retry')}
          </button>
        )}
      </div>
    </div>
  )
}
