/** Beside an answer: facts asked back, hard words in plain ones, what to do next, and what changed between versions. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { get, query } from '~/api/client'
import { language } from '~/i18n'

type Companion = {
  follow_ups: { id: string; ask: string; ask_en: string; options: string[] }[]
  words: { word: string; plain: string; plain_en: string }[]
  next: { kind: 'place' | 'materials' | 'deadline' | 'condition' | 'term'; quote: string; document: string; label: string }[]
  compared: { document_id: string; document: string; from_version: string; to_version: string; changes: number }[]
  changes: { document_id: string; document: string; from: string | null; to: string | null; cited: boolean; kind: string; label: string; before: string; after: string; spans: { op: 'equal' | 'insert' | 'delete'; text: string }[] }[]
  one_version: boolean
}

export function CompanionCard({ run, onAsk }: { run: string; onAsk?: (question: string) => void }) {
  const { t } = useTranslation('companion')
  const english = language() === 'en'
  const { data } = useQuery({ queryKey: ['companion', run], queryFn: ({ signal }) => get<Companion>(`/runs/${run}/companion`, signal), staleTime: Number.POSITIVE_INFINITY })
  if (!data) return null
  const { follow_ups: asks, words, next, compared, changes, one_version: oneVersion } = data
  if (asks.length + words.length + next.length + compared.length === 0 && !oneVersion) return null
  const total = compared.reduce((sum, one) => sum + one.changes, 0)
  return (
    <div className="companion" data-testid="companion">
      {asks.length > 0 && (
        <section className="note-card amber" aria-label={t('ask')}>
          <h3>{t('ask')}</h3>
          {asks.map((one) => (
            <div key={one.id} className="companion-ask">
              <p>{english ? one.ask_en : one.ask}</p>
              {onAsk && one.options.map((option) => <button key={option} type="button" className="plain-button small" onClick={() => onAsk(option)} data-testid="follow-up">{option}</button>)}
            </div>
          ))}
        </section>
      )}
      {next.length > 0 && (
        <details open>
          <summary>{t('next')}</summary>
          <ul>{next.map((line) => <li key={line.quote}><b>{t(`kind.${line.kind}`)}</b> {line.quote} <span className="muted">{t('source', { document: line.document, label: line.label })}</span></li>)}</ul>
        </details>
      )}
      {words.length > 0 && (
        <details>
          <summary>{t('words')}</summary>
          <dl>{words.map((one) => <div key={one.word}><dt>{one.word}</dt><dd>{english ? one.plain_en : one.plain}</dd></div>)}</dl>
        </details>
      )}
      {compared.length > 0 && (
        <details open data-testid="changes">
          <summary>{t(total > changes.length ? 'changesSome' : 'changes', { all: total, n: changes.length })}</summary>
          <ul>
            {changes.map((one) => (
              <li key={one.document + one.label + one.kind}>
                <b>{t('source', { document: one.document, label: one.label })}</b> <span className="badge">{t(`change.${one.kind}`)}</span> {one.cited && <span className="badge blue">{t('cited')}</span>}
                <span className="muted"> {one.from ?? '—'} → {one.to ?? '—'}</span>
                <p>{one.spans.length > 0 ? one.spans.map((span, at) => (span.op === 'equal' ? <span key={at}>{span.text}</span> : span.op === 'insert' ? <ins key={at}>{span.text}</ins> : <del key={at}>{span.text}</del>)) : one.after || one.before}</p>
              </li>
            ))}
          </ul>
          {compared.map((one) => (
            <p key={one.document_id}>
              <Link to={`/documents/${one.document_id}/difference${query({ from: one.from_version, to: one.to_version })}`} data-testid="all-changes">{t('allChanges', { title: one.document, n: one.changes })}</Link>
            </p>
          ))}
        </details>
      )}
      {oneVersion && <p className="muted">{t('oneVersion')}</p>}
    </div>
  )
}
