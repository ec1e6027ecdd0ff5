/** One correction: what was wrong, what is right, how it serves, and taking it out of use. */
import { Button, Input, Popover } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Correction } from '~/api/types'
import { DiffView } from '~/components/DiffView'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import { useRetire } from './corrections'

const TONES = { active: 'green', in_review: 'amber', retired: '' } as const

export function CorrectionCard({ correction, open, onChange }: { correction: Correction; open: boolean; onChange: () => void }) {
  const { t } = useTranslation('trust')
  return (
    <li className="panel panel-pad correction" data-testid="correction" data-state={correction.state}>
      <details open={open}>
        <summary>
          <strong>{correction.question}</strong>
          <span className="correction-marks">
            <span className={`badge ${TONES[correction.state]}`}>{t(`state.${correction.state}`)}</span>
            {correction.state === 'active' && !correction.fresh && <span className="badge red">{t('stale')}</span>}
            {correction.why && <span className="badge amber">{t(`why.${correction.why}`, { defaultValue: correction.why })}</span>}
            <span className="muted">{t('served', { hits: correction.hits, misses: correction.misses, expired: correction.expired })}</span>
          </span>
        </summary>
        <div className="stack correction-body">
          <DiffView before={correction.wrong} after={correction.right} />
          <ul className="matter-articles">
            {correction.articles.map((one) => (
              <li key={one.n}>[{one.n}] <Link to={`/documents/${one.document_id}?article=${encodeURIComponent(one.article_id)}`}>{one.document} {one.label}</Link></li>
            ))}
          </ul>
          <p className="muted">
            {correction.scenario ?? t('form.anyScenario')} · {t(`origin.${correction.origin.split(':')[0]}`, { defaultValue: correction.origin })} · {t('confirmed', { at: dateTime(correction.confirmed_at) })}
            {correction.never_stale ? ` · ${t('field.never')}` : correction.valid_until ? ` · ${t('untilDay', { day: correction.valid_until })}` : ''}
            {correction.last_hit_at && ` · ${t('lastHit', { at: dateTime(correction.last_hit_at) })}`}
          </p>
          {correction.state !== 'retired' && (
            <div className="correction-actions">
              <Button size="small" onClick={onChange} data-testid="change-correction">{t('change')}</Button>
              <Retire id={correction.id} />
            </div>
          )}
        </div>
      </details>
    </li>
  )
}

function Retire({ id }: { id: string }) {
  const { t } = useTranslation('trust')
  const retire = useRetire(id)
  const [reason, setReason] = useState('')
  const form = (
    <div className="stack">
      <Input.TextArea rows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} placeholder={t('retireReason')} aria-label={t('retireReason')} />
      <Button danger size="small" disabled={reason.trim() === ''} loading={retire.isPending} onClick={() => retire.mutate(reason.trim())} data-testid="retire-confirm">{t('retire')}</Button>
      {retire.isError && <ErrorCard error={retire.error} />}
    </div>
  )
  return <Popover trigger="click" content={form}><Button size="small" danger data-testid="retire">{t('retire')}</Button></Popover>
}
