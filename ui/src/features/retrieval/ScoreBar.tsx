/** A score as a stacked bar: what adds to it right of zero, what takes away left of it, each part named in figures too. */
import { useTranslation } from 'react-i18next'
import type { Hit } from '~/api/types'
import { parts, type reach } from './retrieval'

const KNOWN = ['words', 'vector', 'title', 'context', 'reference', 'authority', 'freshness', 'region', 'length']

export function ScoreBar({ hit, scale }: { hit: Hit; scale: ReturnType<typeof reach> }) {
  const { t } = useTranslation('retrieval')
  const all = parts(hit)
  const span = scale.up + scale.down
  // Some rankers tell what went in, not what it added: then the parts do not make the score.
  const weighted = Math.abs(all.reduce((sum, one) => sum + one.value, 0) - hit.score) <= Math.abs(hit.score) * 0.05 + 1e-3
  const name = (part: string) => t(`part.${part}`, { defaultValue: part })
  const tone = (part: string) => `part-${KNOWN.includes(part) ? part : 'other'}`
  const draw = (list: typeof all, whole: number) => list.map((one) => <span key={one.name} className={tone(one.name)} style={{ width: `${(Math.abs(one.value) / whole) * 100}%` }} title={`${name(one.name)} ${one.value.toFixed(3)}`} />)
  return (
    <div className="score">
      <strong className="score-total">{hit.score.toFixed(3)}</strong>
      <div className="score-bar" aria-hidden="true">
        {scale.down > 0 && <span className="score-minus" style={{ width: `${(scale.down / span) * 100}%` }}>{draw(all.filter((one) => one.value < 0), scale.down)}</span>}
        <span className="score-plus">{draw(all.filter((one) => one.value > 0), scale.up)}</span>
      </div>
      <ul className="score-parts">
        {all.map((one) => (
          <li key={one.name}>
            <i className={tone(one.name)} aria-hidden="true" />
            {name(one.name)} <b>{one.value > 0 ? '+' : '−'}{Math.abs(one.value).toFixed(3)}</b>
          </li>
        ))}
        {!weighted && <li className="muted">{t('raw')}</li>}
      </ul>
    </div>
  )
}
