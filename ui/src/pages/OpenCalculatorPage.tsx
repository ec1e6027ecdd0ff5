/** Calculators for everybody, each figure with its rule. */
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { CalculatorDesk } from '~/features/entitlements/CalculatorDesk'
import { OpenPage } from '~/features/entitlements/OpenPage'

export function Component() {
  const { t } = useTranslation('entitlements')
  const { scenario = '' } = useParams()
  return <OpenPage title={t('open.calculator')} note={t('open.calculatorNote')}><CalculatorDesk scenario={scenario} /></OpenPage>
}
