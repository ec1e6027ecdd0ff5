/** Security: trying the guard's rules on a text, and the electronic fence. */
import { Skeleton, Tabs } from 'antd'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { PageHead } from '~/components/PageHead'
import { TestBox } from '~/features/security/TestBox'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/security/security.css'

/** Loaded when its tab is opened. */
const FencePanel = lazy(() => import('~/features/security/Fence').then((file) => ({ default: file.FencePanel })))

export function Component() {
  const { t } = useTranslation('security')
  const user = useUser()
  const [params, setParams] = useSearchParams()
  const tabs = [
    ...(may(user, /^guard\.test$/) ? [{ key: 'box', label: t('tab.box'), children: <TestBox /> }] : []),
    ...(may(user, /^policy\./) ? [{ key: 'fence', label: t('tab.fence'), children: <Suspense fallback={<Skeleton active />}><FencePanel /></Suspense> }] : []),
  ]
  const tab = tabs.find((one) => one.key === params.get('tab')) ?? tabs[0]
  return (
    <div className="page">
      <PageHead title={t('title')} />
      {tabs.length > 1 ? <Tabs items={tabs} activeKey={tab.key} onChange={(key) => setParams({ tab: key })} destroyOnHidden /> : tab?.children}
    </div>
  )
}
