/** Policies for enterprises: match one, confirm policies, keep enterprises, match all. */
import { Tabs } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { PageHead } from '~/components/PageHead'
import { Batches } from '~/features/entitlements/Batches'
import { CalculatorDesk } from '~/features/entitlements/CalculatorDesk'
import { EnterpriseList } from '~/features/entitlements/EnterpriseList'
import type { Profile } from '~/features/entitlements/entitlements'
import { MatchDesk } from '~/features/entitlements/MatchDesk'
import { PolicyList } from '~/features/entitlements/PolicyList'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/entitlements/entitlements.css'

export function Component() {
  const { t } = useTranslation('entitlements')
  const user = useUser()
  const [params, setParams] = useSearchParams()
  const [start, setStart] = useState<Profile | undefined>()
  const go = (tab: string) => setParams({ tab })
  const manages = may(user, /^enterprise_policy\.manage$/)
  const keeps = may(user, /^enterprise\.manage$/)
  const tabs = [
    { key: 'match', label: t('tab.match'), children: <MatchDesk key={start?.id} start={start} /> },
    ...(manages ? [{ key: 'policies', label: t('tab.policies'), children: <PolicyList /> }] : []),
    ...(keeps ? [{ key: 'enterprises', label: t('tab.enterprises'), children: <EnterpriseList onMatch={(enterprise) => { setStart(enterprise.profile); go('match') }} /> }, { key: 'batches', label: t('tab.batches'), children: <Batches /> }] : []),
    { key: 'calculator', label: t('tab.calculator'), children: <CalculatorDesk scenario="provident_fund" /> },
  ]
  const tab = tabs.find((one) => one.key === params.get('tab')) ?? tabs[0]
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} />
      <Tabs items={tabs} activeKey={tab?.key} onChange={go} destroyOnHidden />
    </div>
  )
}
