/** The state of the machine and of everything the platform leans on. */
import { Button, Skeleton, Table } from 'antd'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { get } from '~/api/client'
import type { SystemStatus } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { PageHead } from '~/components/PageHead'
import { bytes, dateTime, duration } from '~/components/time'
import { modelName } from '~/features/ask/scenarios'
import '~/features/system/system.css'

export function Component() {
  const { t } = useTranslation('system')
  const status = useQuery({ queryKey: ['system'], queryFn: ({ signal }) => get<SystemStatus>('/system/status', signal), refetchInterval: 10_000 })
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} actions={<Button onClick={() => void status.refetch()} loading={status.isFetching}>{t('common:refresh')}</Button>} />
      {status.isPending && <Skeleton active />}
      {status.isError && <ErrorCard error={status.error} onRetry={() => void status.refetch()} />}
      {status.data && <Tiles status={status.data} />}
      {status.data && <Models models={status.data.models} />}
    </div>
  )
}

type Tone = 'good' | 'warn' | 'bad' | 'plain'

function Tile({ name, tone, value, children }: { name: string; tone: Tone; value: ReactNode; children?: ReactNode }) {
  const { t } = useTranslation('system')
  return (
    <section className={`panel tile ${tone}`} data-testid={`tile-${name}`}>
      <h2>{t(`tile.${name}`)}</h2>
      <p className="tile-value">{value}</p>
      <p className="tile-note">{children}</p>
    </section>
  )
}

function Tiles({ status }: { status: SystemStatus }) {
  const { t } = useTranslation('system')
  const { store, index, jobs, audit } = status
  const failing = status.models.filter((model) => !healthy(model.health)).length
  const disk = status.disk_free_bytes
  const anchors = audit.anchors ?? []
  const unanchored = anchors.some((anchor) => anchor.problem !== null)
  return (
    <div className="tiles">
      <Tile name="store" tone={store.ok ? 'good' : 'bad'} value={t(store.ok ? 'ok' : 'broken')}>{t('store', { engine: store.engine, size: bytes(store.size_bytes) })}</Tile>
      <Tile name="index" tone={index.up_to_date ? 'good' : 'warn'} value={t(index.up_to_date ? 'upToDate' : 'catchingUp')}>{t('articles', { n: index.articles.toLocaleString() })}</Tile>
      <Tile name="audit" tone={audit.ok === false ? 'bad' : unanchored ? 'warn' : audit.ok === null ? 'plain' : 'good'} value={t(audit.ok === null ? 'chainUnknown' : audit.ok ? 'chainOk' : 'chainBroken')}>
        {t('entries', { n: audit.entries.toLocaleString() })}
        {audit.verified_at && ` · ${t('verified', { at: dateTime(audit.verified_at) })}`}
        {anchors.map((anchor) => (
          <span key={anchor.to} data-testid={`anchor-${anchor.to}`} title={anchor.problem ?? undefined}>
            {` · ${anchor.problem ? t('anchorFailed', { to: t(`anchor.${anchor.to}`), at: anchor.failed_at && dateTime(anchor.failed_at) }) : t('anchored', { to: t(`anchor.${anchor.to}`), at: anchor.done_at && dateTime(anchor.done_at) })}`}
          </span>
        ))}
      </Tile>
      <Tile name="jobs" tone={jobs.failed > 0 ? 'warn' : 'good'} value={t('jobs', { n: jobs.running })}>{t('jobsNote', { queued: jobs.queued, failed: jobs.failed })}</Tile>
      <Tile name="models" tone={failing > 0 ? 'warn' : 'good'} value={t('models', { n: status.models.length - failing, all: status.models.length })}>{failing > 0 ? t('modelsDown', { n: failing }) : t('ok')}</Tile>
      <Tile name="memory" tone="plain" value={bytes(status.memory_bytes)}>{t('sessions', { n: status.sessions })}</Tile>
      <Tile name="disk" tone={disk < 1e9 ? 'bad' : disk < 5e9 ? 'warn' : 'good'} value={bytes(disk)}>{t('diskFree')}</Tile>
      <Tile name="server" tone="plain" value={duration(status.uptime_secs * 1000)}>{t('since', { version: status.version, at: dateTime(status.started_at) })}</Tile>
    </div>
  )
}

const healthy = (health: string) => ['ready', 'ok', 'healthy', 'up'].includes(health)

function Models({ models }: { models: SystemStatus['models'] }) {
  const { t } = useTranslation('system')
  return (
    <section className="panel models">
      <h2>{t('modelsTitle')}</h2>
      <Table
        rowKey="id"
        size="middle"
        pagination={false}
        dataSource={models}
        scroll={{ x: 'max-content' }}
        columns={[
          { title: t('model.name'), dataIndex: 'name', render: (_, row) => <>{modelName(row)} <span className="mono muted">{row.id}</span></> },
          { title: t('model.backend'), dataIndex: 'backend', render: (backend: string) => t(`backend.${backend}`, { defaultValue: backend }) },
          { title: t('model.health'), dataIndex: 'health', render: (health: string) => <span className={`badge ${healthy(health) ? 'green' : 'red'}`}>{t(`health.${health}`, { defaultValue: health })}</span> },
          { title: t('model.level'), dataIndex: 'level', render: (_, row) => <LevelTag level={row.level} /> },
          { title: t('model.filing'), dataIndex: 'filing_number', render: (number: string | null) => number ?? <span className="muted">{t('model.builtin')}</span> },
        ]}
      />
    </section>
  )
}
