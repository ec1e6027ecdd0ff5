/** Models and their gateway: the registry, routes, the queue, usage, keys, and two routes side by side. */
import { Skeleton, Tabs } from 'antd'
import { useTranslation } from 'react-i18next'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { Keys } from '~/features/models/Keys'
import { ModelCards } from '~/features/models/ModelCards'
import { useRegistry } from '~/features/models/models'
import { Playground } from '~/features/models/Playground'
import { Routes } from '~/features/models/Routes'
import { Queue, Usage } from '~/features/models/Usage'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/models/models.css'

export function Component() {
  const { t } = useTranslation('models')
  const manages = may(useUser(), /^model\.manage$/)
  const registry = useRegistry()
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} />
      {registry.isPending && <Skeleton active />}
      {registry.isError && !registry.data && <ErrorCard error={registry.error} onRetry={() => void registry.refetch()} />}
      {registry.data && (
        <Tabs
          destroyOnHidden
          items={[
            { key: 'models', label: t('tab.models'), children: <ModelCards registry={registry.data} manages={manages} /> },
            { key: 'routes', label: t('tab.routes'), children: <Routes registry={registry.data} manages={manages} /> },
            { key: 'queue', label: t('tab.queue'), children: <Queue /> },
            { key: 'usage', label: t('tab.usage'), children: <Usage /> },
            { key: 'keys', label: t('tab.keys'), children: <Keys registry={registry.data} manages={manages} /> },
            { key: 'playground', label: t('tab.playground'), children: <Playground registry={registry.data} /> },
          ]}
        />
      )}
    </div>
  )
}
