/** What the guard found in a test: the text with its findings marked, and each of them with rule and score. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Deidentified, Risked, Screened, Verified } from '~/api/types'
import { claimReason } from '~/features/ask/claims'
import { cutAt, type Span, wordsOf } from './spans'

type Row = Span & { name: string; rule: string; score: number; tone?: string }

function Marked({ text, rows }: { text: string; rows: Row[] }) {
  return (
    <p className="marked-text" data-testid="marked">
      {cutAt(text, rows).map((piece, at) =>
        piece.found.length === 0 ? <span key={at}>{piece.text}</span> : <mark key={at} className={piece.found[0].tone} title={piece.found.map((one) => `${one.name} · ${one.rule} · ${one.score.toFixed(2)}`).join('\n')}>{piece.text}</mark>,
      )}
    </p>
  )
}

function Findings({ text, rows }: { text: string; rows: Row[] }) {
  const { t } = useTranslation('security')
  if (rows.length === 0) return <p className="muted" role="status">{t('nothing')}</p>
  return (
    <table className="findings">
      <thead>
        <tr>{(['what', 'words', 'place', 'rule', 'score'] as const).map((name) => <th key={name}>{t(`column.${name}`)}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={at} data-testid="finding">
            <td><span className={`badge ${row.tone ?? ''}`}>{row.name}</span></td>
            <td className="finding-words">{wordsOf(text, row)}</td>
            <td className="mono">{row.start}–{row.end}</td>
            <td className="mono">{row.rule}</td>
            <td>
              <span className="score-line" aria-hidden="true"><span style={{ width: `${row.score * 100}%` }} /></span> {row.score.toFixed(2)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Block({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <div className="result">
      <h3>{title}</h3>
      {children}
    </div>
  )
}

export function DeidentifiedResult({ text, found }: { text: string; found: Deidentified }) {
  const { t } = useTranslation('security')
  const rows = found.findings.map((one): Row => ({ ...one, name: t(`kind.${one.kind}`, { defaultValue: one.kind }), tone: 'amber' }))
  return (
    <div className="results" data-testid="results">
      <div className="results-two">
        <Block title={t('result.found', { n: rows.length })}><Marked text={text} rows={rows} /></Block>
        <Block title={t('result.replaced')}><p className="marked-text" data-testid="replaced">{found.text}</p></Block>
      </div>
      <Findings text={text} rows={rows} />
    </div>
  )
}

const VERDICTS: Record<string, string> = { pass: 'green', review: 'amber', block: 'red' }
const TONES: Record<string, string> = { review: 'amber', block: 'red' }

function VerdictLine({ verdict }: { verdict: string }) {
  const { t } = useTranslation('security')
  return <p className="verdict">{t('result.verdict')} <span className={`badge ${VERDICTS[verdict] ?? ''}`} data-testid="verdict">{t(`verdict.${verdict}`, { defaultValue: verdict })}</span></p>
}

export function ScreenedResult({ text, context, found }: { text: string; context: string; found: Screened }) {
  const { t } = useTranslation('security')
  const rows = (part: boolean) =>
    found.findings.filter((one) => (one.part === 'context') === part).map((one): Row => ({ ...one, name: `${t(`category.${one.category}`, { defaultValue: one.category })} · ${t(`action.${one.action}`, { defaultValue: one.action })}`, tone: TONES[one.action] ?? 'blue' }))
  return (
    <div className="results" data-testid="results">
      <VerdictLine verdict={found.verdict} />
      <Block title={t('field.text')}><Marked text={text} rows={rows(false)} /></Block>
      <Findings text={text} rows={rows(false)} />
      {context.trim() !== '' && (
        <>
          <Block title={t('field.context')}><Marked text={context} rows={rows(true)} /></Block>
          <Findings text={context} rows={rows(true)} />
        </>
      )}
    </div>
  )
}

export function RiskResult({ text, found }: { text: string; found: Risked }) {
  const { t } = useTranslation('security')
  const rows = found.findings.map((one): Row => ({ ...one, name: `${one.category} ${t(`category.${one.category}`, { defaultValue: '' })}`, tone: TONES[one.action] ?? 'blue' }))
  return (
    <div className="results" data-testid="results">
      <VerdictLine verdict={found.verdict} />
      <Marked text={text} rows={rows} />
      <Findings text={text} rows={rows} />
    </div>
  )
}

export function VerifiedResult({ found, evidence }: { found: Verified; evidence: string[] }) {
  const { t } = useTranslation(['security', 'ask'])
  const tones: Record<string, string> = { supported: 'green', unsupported: 'amber', contradicted: 'red' }
  return (
    <div className="results" data-testid="results">
      <p className="verdict">{t('result.verdict')} <span className={`badge ${found.supported ? 'green' : 'amber'}`} data-testid="verdict">{t(found.supported ? 'verified.all' : 'verified.not')}</span> <span className="muted">{t('verified.share', { n: Math.round(found.score * 100) })}</span></p>
      <ul className="verified">
        {found.claims.map((claim, at) => (
          <li key={at} data-testid="finding">
            <span className={`badge ${tones[claim.verdict] ?? ''}`}>{t(`ask:verdict.${claim.verdict}`)}</span>
            <div>
              <p>{claim.text}</p>
              <p className="muted">{[claimReason(claim, t), claim.score.toFixed(2), `${claim.start}–${claim.end}`].join(' · ')}</p>
              {claim.evidence != null && evidence[claim.evidence] && <blockquote>{evidence[claim.evidence]}</blockquote>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
