/** Security: what was stopped, rules and words, the electronic fence, places outside, incidents, and the test box. */
import { Skeleton, Tabs } from 'antd'
import { lazy, type ReactNode, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { PageHead } from '~/components/PageHead'
import { TestBox } from '~/features/security/TestBox'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/security/security.css'

/** Each is loaded when its tab is opened. */
const OverviewPanel = lazy(() => import('~/features/security/Overview').then((file) => ({ default: file.OverviewPanel })))
const RulesPanel = lazy(() => import('~/features/security/Rules').then((file) => ({ default: file.RulesPanel })))
const WordsPanel = lazy(() => import('~/features/security/Words').then((file) => ({ default: file.WordsPanel })))
const FencePanel = lazy(() => import('~/features/security/Fence').then((file) => ({ default: file.FencePanel })))
const PlacesPanel = lazy(() => import('~/features/security/Places').then((file) => ({ default: file.PlacesPanel })))
const IncidentsPanel = lazy(() => import('~/features/security/Incidents').then((file) => ({ default: file.IncidentsPanel })))

export function Component() {
  const { t } = useTranslation('security')
  const user = useUser()
  const [params, setParams] = useSearchParams()
  const reads = may(user, /^policy\./)
  const manages = may(user, /^policy\.manage$/)
  const open = (key: string) => setParams({ tab: key })
  const tab = (shown: boolean, key: string, children: ReactNode) => (shown ? [{ key, label: t(`tab.${key}`), children: <Suspense fallback={<Skeleton active />}>{children}</Suspense> }] : [])
  const tabs = [
    ...tab(reads, 'overview', <OverviewPanel manages={manages} onPlace={open} />),
    ...tab(reads, 'incidents', <IncidentsPanel manages={manages} />),
    ...tab(reads, 'rules', <RulesPanel manages={manages} />),
    ...tab(reads, 'words', <WordsPanel manages={manages} />),
    ...tab(reads, 'fence', <FencePanel />),
    ...tab(reads || may(user, /^egress\./), 'places', <PlacesPanel manages={manages} />),
    ...tab(may(user, /^guard\.test$/), 'box', <TestBox />),
  ]
  const shown = tabs.find((one) => one.key === params.get('tab')) ?? tabs[0]
  return (
    <div className="page">
      <PageHead title={t('title')} />
      {tabs.length > 1 ? <Tabs items={tabs} activeKey={shown.key} onChange={open} destroyOnHidden /> : shown?.children}
    </div>
  )
}
