/** Choosing a scenario: what it is for, which data and model it uses, and whether a person reviews first. */
import { CheckCircleFilled, DownOutlined } from '@ant-design/icons'
import { Button, Popover } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Scenario } from '~/api/types'
import { LevelTag } from '~/components/LevelTag'
import { modelName, scenarioWords } from '~/features/ask/scenarios'

export function ModelChip({ model }: { model: Scenario['model'] }) {
  const { t } = useTranslation('workbench')
  if (!model) return null
  return (
    <span className="badge" data-testid="model-chip" title={model.filing_number ?? t('model.noFiling')}>
      {t('model.chip', { name: modelName(model), level: t(`common:level.${model.level}`) })}
      {model.filing_number && <span className="filing"> · {model.filing_number}</span>}
    </span>
  )
}

export function ScenarioCard({ scenario, active, onPick }: { scenario: Scenario; active: boolean; onPick: () => void }) {
  const { t } = useTranslation('workbench')
  const words = scenarioWords(scenario)
  return (
    <button type="button" className={`scenario-card${active ? ' active' : ''}`} aria-pressed={active} onClick={onPick} data-testid={`scenario-${scenario.id}`}>
      <span className="scenario-title">
        <strong>{words.title}</strong>
        {active && <CheckCircleFilled />}
      </span>
      <span className="scenario-text">{words.description}</span>
      <span className="scenario-tags">
        <LevelTag level={scenario.level} />
        {scenario.maintenance != null && <span className="badge red" data-testid="maintenance" title={scenario.maintenance}>{t('scenario.maintenance')}</span>}
        <span className={`badge ${scenario.sensitive ? 'amber' : ''}`}>{t(scenario.sensitive ? 'scenario.reviewed' : 'scenario.direct')}</span>
      </span>
      {scenario.model && (
        <span className="scenario-model">
          {t('model.line', { name: modelName(scenario.model), level: t(`common:level.${scenario.model.level}`) })}
          {scenario.model.filing_number && <span>{t('model.filing', { number: scenario.model.filing_number })}</span>}
        </span>
      )}
    </button>
  )
}

type Props = { scenarios: Scenario[]; value: Scenario; onChange: (scenario: Scenario) => void }

export function ScenarioSwitch({ scenarios, value, onChange }: Props) {
  const { t } = useTranslation('workbench')
  const [open, setOpen] = useState(false)
  const cards = (
    <div className="scenario-menu">
      {scenarios.map((one) => (
        <ScenarioCard
          key={one.id}
          scenario={one}
          active={one.id === value.id}
          onPick={() => {
            setOpen(false)
            onChange(one)
          }}
        />
      ))}
    </div>
  )
  return (
    <Popover open={open} onOpenChange={setOpen} trigger="click" placement="bottomLeft" content={cards} arrow={false}>
      <Button type="text" className="scenario-switch" data-testid="scenario-switch" aria-label={t('scenario.switch')}>
        <strong>{scenarioWords(value).title}</strong>
        <DownOutlined />
      </Button>
    </Popover>
  )
}
