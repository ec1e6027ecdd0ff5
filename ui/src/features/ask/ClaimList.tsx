/** Sentence by sentence: whether an answer's statements stand in their sources, and why not. */
import { useTranslation } from 'react-i18next'
import type { Claim } from '~/api/types'
import { claimReason } from './claims'
import './ask.css'

const SIGNS = { supported: '✓', unsupported: '?', contradicted: '✗' }

export function ClaimList({ claims }: { claims: Claim[] }) {
  const { t } = useTranslation('ask')
  if (claims.length === 0) return null
  const good = claims.filter((claim) => claim.verdict === 'supported').length
  return (
    <details className="claim-list" data-testid="claims">
      <summary>{t(good === claims.length ? 'claims.all' : 'claims.some', { good, all: claims.length })}</summary>
      <ol>
        {claims.map((claim, at) => (
          <li key={at} className={claim.verdict} data-verdict={claim.verdict}>
            <span className="claim-sign" aria-hidden="true">{SIGNS[claim.verdict]}</span>
            <span>
              <span className="claim-words">{claim.text}</span>
              <span className="claim-why">
                {t(`verdict.${claim.verdict}`)}
                {claim.why && ` · ${claimReason(claim, t)}`}
                {claim.citations.length > 0 && ` · ${t(claim.verdict === 'supported' ? 'claims.from' : 'claims.cited', { list: claim.citations.map((n) => `[${n}]`).join('') })}`}
              </span>
            </span>
          </li>
        ))}
      </ol>
    </details>
  )
}
