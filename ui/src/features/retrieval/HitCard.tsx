/** One found article: its place by words and by meaning, the parts of its score, and whether a person calls it right. */
import { CheckCircleFilled, CheckCircleOutlined } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Hit } from '~/api/types'
import { ValidityBadge } from '~/components/ValidityBadge'
import { ScoreBar } from './ScoreBar'
import { markWords, type reach } from './retrieval'

type Props = { hit: Hit; rank: number; scale: ReturnType<typeof reach>; words: string[]; move: number | null | undefined; marked: boolean; onMark: (() => void) | null }

export function HitCard({ hit, rank, scale, words, move, marked, onMark }: Props) {
  const { t } = useTranslation('retrieval')
  return (
    <li className={`hit${marked ? ' marked' : ''}`} data-testid="hit" data-hit="" tabIndex={-1}>
      <span className="hit-rank">
        {rank}
        {move !== undefined && <Move by={move} />}
      </span>
      <div className="hit-body">
        <div className="hit-head">
          <Link to={`/documents/${hit.document_id}?article=${encodeURIComponent(hit.article_id)}`}>{hit.document} {hit.label}</Link>
          <ValidityBadge validity={hit.validity} />
          {onMark && (
            <button type="button" className="hit-mark" aria-pressed={marked} onClick={onMark} data-mark="" data-testid="mark">
              {marked ? <CheckCircleFilled /> : <CheckCircleOutlined />} {t(marked ? 'marked' : 'mark')}
            </button>
          )}
        </div>
        {hit.path.length > 0 && <p className="hit-path">{hit.path.join(' › ')}</p>}
        <p className="hit-text">{markWords(hit.text, words).map((piece, at) => (piece.found ? <mark key={at}>{piece.text}</mark> : <span key={at}>{piece.text}</span>))}</p>
        <ScoreBar hit={hit} scale={scale} />
        <p className="hit-ranks">
          <span>{t('rank.words')} <b>{hit.rank_words ?? t('rank.none')}</b></span>
          <span>{t('rank.vector')} <b>{hit.rank_vector ?? t('rank.none')}</b></span>
        </p>
      </div>
    </li>
  )
}

function Move({ by }: { by: number | null }) {
  const { t } = useTranslation('retrieval')
  if (by === null) return <span className="hit-move new">{t('move.only')}</span>
  if (by === 0) return <span className="hit-move">=</span>
  return <span className={`hit-move ${by > 0 ? 'up' : 'down'}`} title={t(by > 0 ? 'move.up' : 'move.down', { n: Math.abs(by) })}>{by > 0 ? '▲' : '▼'}{Math.abs(by)}</span>
}
