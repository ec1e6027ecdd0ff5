/** For an enterprise without an account: which policies it qualifies for. Nothing is kept. */
import { useTranslation } from 'react-i18next'
import { MatchDesk } from '~/features/entitlements/MatchDesk'
import { OpenPage } from '~/features/entitlements/OpenPage'

export function Component() {
  const { t } = useTranslation('entitlements')
  return <OpenPage title={t('open.match')} note={t('open.matchNote')}><MatchDesk /></OpenPage>
}
