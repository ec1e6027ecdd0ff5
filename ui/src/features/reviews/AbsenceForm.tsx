/** One's own absence: who stands in, from when, until when. */
import { App, Button, DatePicker, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReviewerProfile } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { useSetAbsence } from './reviewers'

const at = (time: string | null) => (time ? dayjs(time) : null)

export function AbsenceForm({ me, others }: { me: ReviewerProfile; others: ReviewerProfile[] }) {
  const { t } = useTranslation('reviews')
  const { message } = App.useApp()
  const set = useSetAbsence()
  const [deputy, setDeputy] = useState(me.deputy)
  const [from, setFrom] = useState<Dayjs | null>(at(me.away_from))
  const [until, setUntil] = useState<Dayjs | null>(at(me.away_until))
  const backwards = from !== null && until !== null && !until.isAfter(from)
  const send = () =>
    set.mutate(
      { ...(deputy ? { deputy } : {}), ...(from ? { away_from: from.format() } : {}), ...(from && until ? { away_until: until.format() } : {}) },
      { onSuccess: () => void message.success(t('people.kept')) },
    )
  return (
    <section className="panel panel-pad stack" data-testid="absence">
      <h2>{t('people.mine')}</h2>
      <p className="muted">{t('people.mineNote')}</p>
      <div className="absence-fields">
        <label>{t('people.deputy')}<Select allowClear value={deputy ?? undefined} onChange={(id: string | undefined) => setDeputy(id ?? null)} placeholder={t('people.nobody')} options={others.map((one) => ({ value: one.id, label: `${one.name} · ${one.department}` }))} aria-label={t('people.deputy')} data-testid="deputy" /></label>
        <label>{t('people.from')}<DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" value={from} onChange={setFrom} aria-label={t('people.from')} placeholder={t('people.notAway')} data-testid="away-from" /></label>
        <label>{t('people.until')}<DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" value={until} onChange={setUntil} disabled={!from} aria-label={t('people.until')} placeholder={t('people.open')} /></label>
      </div>
      {backwards && <p role="alert" className="badge red">{t('people.backwards')}</p>}
      {set.isError && <ErrorCard error={set.error} />}
      <div><Button type="primary" disabled={backwards} loading={set.isPending} onClick={send} data-testid="keep-absence">{t('people.keep')}</Button></div>
    </section>
  )
}
