/** One reviewer: competences, which somebody else sets, and who stands in. */
import { App, Button, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReviewerProfile } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { dateTime } from '~/components/time'
import { useSetCompetences } from './reviewers'

type Props = { one: ReviewerProfile; deputy: string | null; known: string[]; editable: boolean }

export function ReviewerLine({ one, deputy, known, editable }: Props) {
  const { t } = useTranslation('reviews')
  const { message } = App.useApp()
  const set = useSetCompetences(one.id)
  const [competences, setCompetences] = useState(one.competences)
  const changed = [...competences].sort().join('\n') !== [...one.competences].sort().join('\n')
  const label = t('people.competencesOf', { name: one.name })
  return (
    <li className="panel panel-pad reviewer-line" data-testid="reviewer">
      <div>
        <strong>{one.name}</strong> <span className="muted">{one.department}</span>{' '}
        {one.away && <span className="badge amber">{t('assign.away')}</span>}
        <p className="muted">
          {deputy ? t('people.standsIn', { name: deputy }) : t('people.noDeputy')}
          {one.away_from && ` · ${dateTime(one.away_from)} – ${one.away_until ? dateTime(one.away_until) : t('people.open')}`}
        </p>
      </div>
      <div className="reviewer-competences">
        {editable ? (
          <>
            <Select mode="tags" value={competences} onChange={setCompetences} options={known.map((value) => ({ value }))} placeholder={t('people.none')} aria-label={label} data-testid="competences" />
            <Button size="small" disabled={!changed} loading={set.isPending} onClick={() => set.mutate(competences, { onSuccess: () => void message.success(t('people.kept')) })} data-testid="keep-competences">{t('people.keep')}</Button>
          </>
        ) : (
          <span aria-label={label}>{one.competences.length > 0 ? one.competences.map((name) => <span key={name} className="badge">{name}</span>) : <span className="muted">{t('people.none')}</span>}</span>
        )}
        {set.isError && <ErrorCard error={set.error} />}
      </div>
    </li>
  )
}
