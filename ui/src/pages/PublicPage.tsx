/** The citizen page: no login, one question box, answers with their sources, and a person to turn to. */
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Citation, Run, Scenario } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { Splash } from '~/components/Splash'
import { useTitle } from '~/components/useTitle'
import { useScenarios } from '~/features/ask/scenarios'
import { useAsk } from '~/features/ask/useAsk'
import { CitizenAnswer, CitizenWaiting } from '~/features/public/CitizenAnswer'
import { PublicHeader } from '~/features/public/PublicHeader'
import { QuestionForm } from '~/features/public/QuestionForm'
import { SourceDialog } from '~/features/public/SourceDialog'
import '~/features/public/public.css'

export function Component() {
  const { t } = useTranslation(['public', 'ask'])
  const [large, setLarge] = useState(() => localStorage.getItem('shuzheng.large') === '1')
  const scenarios = useScenarios()
  useTitle(t('window'))
  const enlarge = () => {
    localStorage.setItem('shuzheng.large', large ? '0' : '1')
    setLarge(!large)
  }
  return (
    <div className={`citizen${large ? ' large' : ''}`} data-testid="citizen">
      <a className="skip" href="#question">{t('skip')}</a>
      <PublicHeader large={large} onLarge={enlarge} />
      <main className="citizen-main">
        {scenarios.isPending && <Splash />}
        {scenarios.isError && <ErrorCard error={scenarios.error} onRetry={() => void scenarios.refetch()} />}
        {scenarios.data && <Desk scenarios={scenarios.data.filter((one) => one.audience === 'public')} />}
      </main>
      <footer className="citizen-foot">
        <p>{t('foot.label')}</p>
        <p>{t('foot.privacy')}</p>
        <p>
          <a href="/login">{t('foot.staff')}</a>
        </p>
      </footer>
    </div>
  )
}

function Desk({ scenarios }: { scenarios: Scenario[] }) {
  const { t } = useTranslation(['public', 'ask'])
  const [chosen, setChosen] = useState(scenarios[0]?.id)
  const [runs, setRuns] = useState<Run[]>([])
  const [source, setSource] = useState<Citation | null>(null)
  const answers = useRef<HTMLElement>(null)
  const scenario = scenarios.find((one) => one.id === chosen) ?? scenarios[0]
  const keep = (run: Run) => setRuns((old) => (old.some((one) => one.run_id === run.run_id) ? old.map((one) => (one.run_id === run.run_id ? run : one)) : [run, ...old]))
  const { turn, ask, stop } = useAsk(keep)
  if (!scenario) return <div className="note-card amber"><h3>{t('closed')}</h3><p>{t('human.line')}</p></div>
  const send = (question: string) => {
    const last = runs.find((run) => run.scenario === scenario.id)
    void ask({ scenario: scenario.id, question, ...(last ? { conversation_id: last.conversation_id } : {}) })
    answers.current?.scrollIntoView({ block: 'start' })
  }
  const started = turn !== null || runs.length > 0
  return (
    <>
      <section className="citizen-ask" aria-labelledby="ask-title">
        <h1 id="ask-title">{t('title')}</h1>
        <p className="citizen-lead">{t('lead')}</p>
        {scenarios.length > 1 && (
          <div className="citizen-scenarios" role="radiogroup" aria-label={t('scenario')}>
            {scenarios.map((one) => (
              <button key={one.id} type="button" role="radio" aria-checked={one.id === scenario.id} className="citizen-chip" onClick={() => setChosen(one.id)}>
                {one.title}
              </button>
            ))}
          </div>
        )}
        {scenario.maintenance != null && (
          <div className="note-card amber" role="status" data-testid="maintenance">
            <h3>{t('maintenance')}</h3>
            <p>{scenario.maintenance || t('human.line')}</p>
          </div>
        )}
        {scenario.flow === 'match' && <a className="citizen-tool-link" href="/public/policies" data-testid="open-match">{t('ask:tool.match')} →</a>}
        {scenario.calculators && <a className="citizen-tool-link" href={`/public/calculators/${scenario.id}`} data-testid="open-calculator">{t('ask:tool.calculators')} →</a>}
        <QuestionForm scenario={scenario} busy={turn?.busy ?? false} examples={!started} onAsk={send} onStop={stop} />
      </section>
      <section className="citizen-answers" ref={answers} aria-label={t('answers')} aria-live="polite" aria-busy={turn?.busy ?? false}>
        {turn && <CitizenWaiting turn={turn} onRetry={() => send(turn.question)} />}
        {runs.map((run) => (
          <CitizenAnswer key={run.run_id} run={run} onCite={setSource} onChange={keep} />
        ))}
      </section>
      <aside className="citizen-human" aria-labelledby="human-title">
        <h2 id="human-title">{t('human.title')}</h2>
        <p>{t('human.line')}</p>
        <a className="citizen-call" href="tel:12345" data-testid="call-12345">
          <strong>12345</strong> {t('human.call')}
        </a>
      </aside>
      <SourceDialog citation={source} onClose={() => setSource(null)} />
    </>
  )
}
