/** Sends a user to the first place their roles open. */
import { useTranslation } from 'react-i18next'
import { Navigate } from 'react-router'
import { firstPlace } from '~/features/session/access'
import { useUser } from '~/features/session/session'

export function Component() {
  const { t } = useTranslation('common')
  const place = firstPlace(useUser())
  if (place) return <Navigate to={`/${place}`} replace />
  return (
    <div className="page page-narrow">
      <div className="note-card blue">
        <h3>{t('noPlace.title')}</h3>
        <p>{t('noPlace.next')}</p>
      </div>
    </div>
  )
}
