/** Calculators: choose one, fill in, and see each figure beside the rule and the article it follows from. */
import { useMutation } from '@tanstack/react-query'
import { Alert, Button, Input, Select, Skeleton } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem, post } from '~/api/client'
import { ErrorCard } from '~/components/ErrorCard'
import { language } from '~/i18n'
import { type Calculation, type Calculator, type CalculatorInput, type Figure, named, type Sourced, useCalculators, unitWords } from './entitlements'

export function CalculatorDesk({ scenario }: { scenario: string }) {
  const { t } = useTranslation('entitlements')
  const calculators = useCalculators(scenario)
  const [chosen, setChosen] = useState<string | null>(null)
  if (calculators.isPending) return <Skeleton active />
  if (calculators.isError) return <ErrorCard error={calculators.error} onRetry={() => void calculators.refetch()} />
  const one = calculators.data.calculators.find((calculator) => calculator.id === chosen) ?? calculators.data.calculators[0]
  if (!one) return null
  return (
    <>
      <div className="calculator-tabs" role="radiogroup" aria-label={t('calculator.choose')}>
        {calculators.data.calculators.map((calculator) => (
          <button key={calculator.id} type="button" role="radio" aria-checked={calculator.id === one.id} className="plain-button" onClick={() => setChosen(calculator.id)} data-testid={`calculator-${calculator.id}`}>
            {named(calculator)}
          </button>
        ))}
      </div>
      <CalculatorForm key={one.id} scenario={scenario} calculator={one} cities={calculators.data.cities} />
    </>
  )
}

type FormProps = { scenario: string; calculator: Calculator; cities: { id: string; title: string; title_en: string; sample: boolean }[] }

function CalculatorForm({ scenario, calculator, cities }: FormProps) {
  const { t } = useTranslation('entitlements')
  const [city, setCity] = useState(cities[0]?.id)
  const [inputs, setInputs] = useState<Record<string, string>>(() => Object.fromEntries(calculator.inputs.flatMap((input) => (input.default ? [[input.id, input.default]] : []))))
  const done = useMutation({ mutationFn: (given: Record<string, string>) => post<Calculation>(`/calculations/${scenario}/${calculator.id}`, { city, inputs: given }) })
  // The problem names the inputs; each is told beside its field until it is changed.
  const told = done.error instanceof Problem ? done.error.errors : []
  const words = (input: CalculatorInput) => told.find((one) => one.field === input.id)?.text
  const bad = calculator.inputs.filter((input) => words(input) !== undefined)
  const wrong = bad.filter((input) => done.variables?.[input.id] === inputs[input.id])
  const set = (id: string, text: string) => setInputs((old) => ({ ...old, [id]: text }))
  const missing = calculator.inputs.filter((input) => (inputs[input.id] ?? '').trim() === '')
  return (
    <div className="match-desk">
      <form
        className="panel match-form"
        onSubmit={(event) => {
          event.preventDefault()
          done.mutate(inputs)
        }}
      >
        <div className="profile-grid one">
          {cities.length > 0 && (
            <label className="profile-field">{t('calculator.city')}
              <Select value={city} onChange={setCity} options={cities.map((one) => ({ value: one.id, label: named(one) }))} />
            </label>
          )}
          {calculator.inputs.map((input) => (
            <label key={input.id} className="profile-field">
              <span>{named(input)}{input.unit && <span className="muted"> ({unitWords(input.unit, t)})</span>}</span>
              {input.choices.length > 0 ? (
                <Select value={inputs[input.id]} status={wrong.includes(input) ? 'error' : undefined} onChange={(id: string) => set(input.id, id)} options={input.choices.map((choice) => ({ value: choice.id, label: named(choice) }))} data-testid={`input-${input.id}`} />
              ) : (
                <Input inputMode="decimal" value={inputs[input.id] ?? ''} status={wrong.includes(input) ? 'error' : undefined} onChange={(event) => set(input.id, event.target.value)} data-testid={`input-${input.id}`} />
              )}
              {wrong.includes(input) && <span className="field-wrong" data-testid={`wrong-${input.id}`}>{words(input)}</span>}
            </label>
          ))}
        </div>
        <div className="profile-foot">
          <Button type="primary" htmlType="submit" loading={done.isPending} data-testid="compute">{t('calculator.compute')}</Button>
          {missing.length > 0 && bad.length === 0 && <span className="muted">{t('calculator.missing', { what: missing.map((input) => named(input)).join(t('comma')) })}</span>}
        </div>
      </form>
      <div aria-live="polite">
        {done.isError && bad.length === 0 && <ErrorCard error={done.error} />}
        {wrong.length > 0 && <div className="note-card red" role="alert" data-testid="wrong-inputs"><h3>{t('calculator.wrong', { n: wrong.length })}</h3><p>{t('calculator.wrongNext')}</p></div>}
        {done.data && <Outcome calculation={done.data} />}
      </div>
    </div>
  )
}

function Outcome({ calculation }: { calculation: Calculation }) {
  const { t } = useTranslation('entitlements')
  const english = language() === 'en'
  return (
    <section aria-label={t('calculator.result')} data-testid="calculation">
      {calculation.sample && <Alert type="warning" title={t('calculator.sample')} style={{ marginBottom: 12 }} />}
      {calculation.unmet.map((one) => (
        <div key={one.says} className="note-card amber" data-testid="unmet">
          <h3>{english ? one.says_en : one.says}</h3>
          {one.source && <Source source={one.source} />}
        </div>
      ))}
      <ul className="figures">
        {calculation.figures.map((figure) => <FigureCard key={figure.id} figure={figure} english={english} />)}
      </ul>
      <p className="muted figures-note">{t('calculator.exact')}</p>
    </section>
  )
}

function FigureCard({ figure, english }: { figure: Figure; english: boolean }) {
  const { t } = useTranslation('entitlements')
  return (
    <li className={`panel figure ${figure.result ? 'main' : ''}`} data-testid={`figure-${figure.id}`}>
      <div className="figure-head">
        <span>{named(figure)}</span>
        <strong>{Number(figure.value).toLocaleString('en-US', { minimumFractionDigits: figure.value.split('.')[1]?.length ?? 0, maximumFractionDigits: 6 })}{figure.unit && ` ${unitWords(figure.unit, t)}`}</strong>
      </div>
      <p>{(english ? figure.words_en : figure.words) || figure.formula}</p>
      <code>{figure.filled}</code>
      {figure.sources.map((source) => <Source key={source.id} source={source} />)}
    </li>
  )
}

function Source({ source }: { source: Sourced }) {
  const { t } = useTranslation('entitlements')
  return <blockquote><b>{t('calculator.source', { document: source.document, label: source.label })}</b> {source.quote}</blockquote>
}
