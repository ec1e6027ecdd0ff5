/** An empty conversation: what this scenario is for, and questions to begin with. */
import { Prompts } from '@ant-design/x'
import { useTranslation } from 'react-i18next'
import type { Scenario } from '~/api/types'
import { scenarioWords } from '~/features/ask/scenarios'
import { ScenarioCard } from './ScenarioPicker'

type Props = { scenarios: Scenario[]; scenario: Scenario; onScenario: (scenario: Scenario) => void; onAsk: (question: string) => void }

export function Start({ scenarios, scenario, onScenario, onAsk }: Props) {
  const { t } = useTranslation('workbench')
  const words = scenarioWords(scenario)
  return (
    <div className="start">
      <h1>{t('start.title')}</h1>
      <p className="start-line">{t('start.line')}</p>
      <div className="start-scenarios">
        {scenarios.map((one) => (
          <ScenarioCard key={one.id} scenario={one} active={one.id === scenario.id} onPick={() => onScenario(one)} />
        ))}
      </div>
      <p className="start-collections">
        {t('start.collections')}
        {scenario.collections.map((one) => one.name).join(t('start.comma'))}
      </p>
      <Prompts
        title={t('start.examples')}
        items={words.examples.map((text, index) => ({ key: String(index), label: text }))}
        onItemClick={({ data }) => onAsk(String(data.label))}
        wrap
        className="start-prompts"
      />
    </div>
  )
}
