/** Every registered model as a card: level, filing number, health, adapters, lineage. */
import { useMutation } from '@tanstack/react-query'
import { Button, Empty } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { post } from '~/api/client'
import type { ModelCard, ModelRegistry } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { modelName } from '~/features/ask/scenarios'

type Probed = { models: string[]; program: string; context_tokens: number | null }

export function ModelCards({ registry, manages }: { registry: ModelRegistry; manages: boolean }) {
  const { t } = useTranslation('models')
  if (registry.models.length === 0) return <Empty description={t('empty')} />
  return (
    <div className="model-cards">
      {registry.models.map((model) => (
        <Card key={model.id} model={model} manages={manages} adapters={registry.models.filter((other) => other.base === model.id)} />
      ))}
    </div>
  )
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Card({ model, adapters, manages }: { model: ModelCard; adapters: ModelCard[]; manages: boolean }) {
  const { t } = useTranslation('models')
  const probe = useMutation({ mutationFn: () => post<Probed>(`/models/${encodeURIComponent(model.id)}/probe`) })
  const writes = model.backend === 'openai' || model.backend === 'llama'
  const lineage = (['dataset', 'job', 'evaluation'] as const).filter((name) => model[name])
  return (
    <section className="panel model-card" data-testid={`model-${model.id}`}>
      <header>
        <h2>{modelName(model)}</h2>
        <span className={`badge ${model.health === 'up' ? 'green' : 'red'}`}>{t(`health.${model.health}`, { defaultValue: model.health })}</span>
        {model.circuit !== 'closed' && <span className="badge amber">{t(`circuit.${model.circuit}`, { defaultValue: model.circuit })}</span>}
        <LevelTag level={model.level} />
      </header>
      <p className="muted">
        {t(`kind.${model.kind}`, { defaultValue: model.kind })} · {t(`backend.${model.backend}`, { defaultValue: model.backend })} · <span className="mono">{model.id}</span>
      </p>
      <dl>
        {writes && <Line name={t('card.filing')}>{model.filing_number ?? <span className="badge amber">{t('card.noFiling')}</span>}</Line>}
        {model.version && <Line name={t('card.version')}>{model.version}</Line>}
        {model.licence && <Line name={t('card.licence')}>{model.licence}</Line>}
        {model.runs_at && <Line name={t('card.runsAt')}>{model.runs_at}</Line>}
        {model.model && <Line name={t('card.endpoint')}><span className="mono">{model.model}</span></Line>}
        {model.base && <Line name={t('card.base')}><span className="mono">{model.base}</span></Line>}
        {adapters.length > 0 && <Line name={t('card.adapters')}>{adapters.map((adapter) => modelName(adapter)).join(', ')}</Line>}
        {model.capabilities.length > 0 && <Line name={t('card.capabilities')}>{model.capabilities.map((one) => t(`capability.${one}`, { defaultValue: one })).join(', ')}</Line>}
        {writes && <Line name={t('card.concurrency')}>{model.concurrency ?? t('card.unlimited')}</Line>}
        {model.routes.length > 0 && <Line name={t('card.routes')}><span className="mono">{model.routes.join(', ')}</span></Line>}
        {model.hash && <Line name={t('card.hash')}><span className="mono model-hash">{model.hash}</span></Line>}
        {lineage.length > 0 && <Line name={t('card.lineage')}>{lineage.map((name) => <span key={name} className="badge">{t(`card.${name}`)} {model[name]}</span>)}</Line>}
      </dl>
      {manages && writes && <Button size="small" loading={probe.isPending} onClick={() => probe.mutate()}>{t('card.probe')}</Button>}
      {probe.data && <p className="muted">{t('card.probed', { program: probe.data.program || t('card.unknown'), models: probe.data.models.join(', '), tokens: String(probe.data.context_tokens ?? t('card.unknown')) })}</p>}
      {probe.isError && <ErrorCard error={probe.error} />}
    </section>
  )
}
