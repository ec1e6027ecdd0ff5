/** Security: trying the guard's rules on a text. */
import { useTranslation } from 'react-i18next'
import { PageHead } from '~/components/PageHead'
import { TestBox } from '~/features/security/TestBox'
import '~/features/security/security.css'

export function Component() {
  const { t } = useTranslation('security')
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} />
      <TestBox />
    </div>
  )
}
