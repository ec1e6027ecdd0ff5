/** My enterprise: fill in what is known, see what it qualifies for. Nothing is kept. */
import { useMutation } from '@tanstack/react-query'
import { Skeleton } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorCard } from '~/components/ErrorCard'
import { matchProfile, type Profile, useFields } from './entitlements'
import { MatchResults } from './MatchResults'
import { ProfileForm } from './ProfileForm'

const EMPTY: Profile = { name: '', facts: {} }

export function MatchDesk({ start }: { start?: Profile }) {
  const { t } = useTranslation('entitlements')
  const fields = useFields()
  const [profile, setProfile] = useState<Profile>(start ?? EMPTY)
  const found = useMutation({ mutationFn: matchProfile })
  const results = useRef<HTMLDivElement>(null)
  const { mutate } = found
  useEffect(() => {
    if (start) mutate(start)
  }, [start, mutate])
  useEffect(() => {
    const top = results.current?.getBoundingClientRect().top ?? 0
    // Beside the form the results are in sight already; below it, on a small screen, they are not.
    if (found.data && top > window.innerHeight / 2) results.current?.scrollIntoView({ block: 'start', behavior: 'smooth' })
  }, [found.data])
  if (fields.isPending) return <Skeleton active />
  if (fields.isError) return <ErrorCard error={fields.error} onRetry={() => void fields.refetch()} />
  return (
    <div className="match-desk">
      <div className="panel match-form">
        <p className="muted form-note">{t('profile.note')}</p>
        <ProfileForm fields={fields.data.fields} value={profile} onChange={setProfile} onSubmit={() => mutate(profile)} busy={found.isPending} />
      </div>
      <div ref={results} className="match-results">
        {found.isError && <ErrorCard error={found.error} />}
        {found.data && <MatchResults key={found.data.day + found.submittedAt} matches={found.data} fields={fields.data.fields} />}
        {!found.data && !found.isError && <p className="match-empty muted">{t('results.start')}</p>}
      </div>
    </div>
  )
}
