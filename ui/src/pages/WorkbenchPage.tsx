/** The workbench: history, one conversation, and the cited article beside it. */
import { CloseOutlined, HistoryOutlined, PlusOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Button, Drawer, Spin } from 'antd'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { query } from '~/api/client'
import type { Citation, Run, Scenario } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { LevelTag } from '~/components/LevelTag'
import { useTitle } from '~/components/useTitle'
import { useMedia } from '~/components/useMedia'
import { SourceArticle } from '~/features/ask/SourceArticle'
import { useScenarios } from '~/features/ask/scenarios'
import { useAsk } from '~/features/ask/useAsk'
import { Composer } from '~/features/workbench/Composer'
import { useConversation, useKeepRun } from '~/features/workbench/conversations'
import { History } from '~/features/workbench/History'
import { ModelChip, ScenarioSwitch } from '~/features/workbench/ScenarioPicker'
import { Start } from '~/features/workbench/Start'
import { LiveTurnView, Turn } from '~/features/workbench/Turn'
import '~/features/workbench/workbench.css'

const CHOSEN = 'shuzheng.scenario'
const openDocument = (document: string, article: string) => `/documents/${document}${query({ article })}`

export function Component() {
  const { t } = useTranslation(['workbench', 'ask'])
  const scenarios = useScenarios()
  if (scenarios.isPending) return <Spin className="page-spin" />
  if (scenarios.isError) {
    return (
      <div className="page page-narrow">
        <ErrorCard error={scenarios.error} onRetry={() => void scenarios.refetch()} />
      </div>
    )
  }
  if (scenarios.data.length === 0) {
    return (
      <div className="page page-narrow">
        <div className="note-card blue"><h3>{t('start.none')}</h3></div>
      </div>
    )
  }
  return <Workbench scenarios={scenarios.data} />
}

function Workbench({ scenarios }: { scenarios: Scenario[] }) {
  const { t } = useTranslation(['workbench', 'ask'])
  const { conversation: id } = useParams()
  const go = useNavigate()
  const queries = useQueryClient()
  const conversation = useConversation(id)
  const keepRun = useKeepRun()
  const [picked, setPicked] = useState(() => localStorage.getItem(CHOSEN))
  const [asOf, setAsOf] = useState<string | null>(null)
  const [source, setSource] = useState<{ run: string; citation: Citation } | null>(null)
  const [historyOpen, setHistoryOpen] = useState(false)
  const wide = useMedia('(min-width: 1200px)')
  const medium = useMedia('(min-width: 900px)')
  const scenario = scenarios.find((one) => one.id === (conversation.data?.scenario ?? picked)) ?? scenarios[0]

  const { turn, ask, stop, clear } = useAsk((run) => {
    keepRun(run)
    void queries.invalidateQueries({ queryKey: ['conversations'] })
    if (run.conversation_id !== id) void go(`/workbench/${run.conversation_id}`, { replace: id === undefined })
  })
  const send = useCallback(
    (question: string) =>
      void ask({ scenario: scenario.id, question, ...(id ? { conversation_id: id } : {}), ...(asOf ? { attributes: { as_of: asOf } } : {}) }),
    [ask, scenario.id, id, asOf],
  )
  const open = (next: string | null) => {
    clear()
    setSource(null)
    setHistoryOpen(false)
    void go(next ? `/workbench/${next}` : '/workbench')
  }
  const choose = (next: Scenario) => {
    localStorage.setItem(CHOSEN, next.id)
    setPicked(next.id)
    if (id && next.id !== scenario.id) open(null)
  }
  const runs = conversation.data?.runs ?? []
  useTitle(id ? (conversation.data?.title ?? null) : t('common:nav.workbench'))
  const scroller = useScrollToEnd(id, runs.length, turn?.text.length ?? 0, turn?.busy ?? false)
  const empty = !id && !turn
  const cite = (run: Run, citation: Citation) => setSource({ run: run.run_id, citation })
  const history = <History active={id} onOpen={open} onNew={() => open(null)} />
  const panel = source && <SourceArticle citation={source.citation} open={openDocument} />

  return (
    <div className="workbench">
      {medium ? (
        <aside className="workbench-history" aria-label={t('history.label')}>{history}</aside>
      ) : (
        <Drawer placement="left" size={300} open={historyOpen} onClose={() => setHistoryOpen(false)} title={t('history.label')}>{history}</Drawer>
      )}
      <div className="workbench-centre">
        <header className="workbench-head">
          {!medium && <Button type="text" icon={<HistoryOutlined />} aria-label={t('history.label')} onClick={() => setHistoryOpen(true)} data-testid="history-open" />}
          <ScenarioSwitch scenarios={scenarios} value={scenario} onChange={choose} />
          <span className="workbench-tags">
            <LevelTag level={scenario.level} />
            {scenario.sensitive && <span className="badge amber">{t('scenario.reviewed')}</span>}
            <ModelChip model={scenario.model} />
          </span>
          {!medium && <Button type="text" icon={<PlusOutlined />} aria-label={t('history.new')} onClick={() => open(null)} />}
        </header>
        <div className="workbench-scroll" ref={scroller}>
          {empty ? (
            <Start scenarios={scenarios} scenario={scenario} onScenario={choose} onAsk={send} />
          ) : (
            <div className="turns">
              {id && conversation.isPending && <Spin className="page-spin" />}
              {conversation.isError && <ErrorCard error={conversation.error} onRetry={() => void conversation.refetch()} />}
              {runs.map((run) => (
                <Turn key={run.run_id} run={run} active={source?.run === run.run_id ? source.citation.n : null} onCite={cite} onChange={keepRun} companion={scenario.consults ? { onAsk: run === runs.at(-1) ? send : undefined } : undefined} />
              ))}
              {turn && <LiveTurnView turn={turn} onRetry={() => send(turn.question)} />}
            </div>
          )}
        </div>
        <Composer scenario={scenario} busy={turn?.busy ?? false} last={runs.at(-1) ?? null} asOf={asOf} onAsOf={setAsOf} onAsk={send} onStop={stop} />
      </div>
      {wide && panel ? (
        <aside className="workbench-source" aria-label={t('ask:source.title')} data-testid="source-panel">
          <div className="workbench-source-head">
            <strong>{t('ask:source.title')}</strong>
            <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('common:close')} onClick={() => setSource(null)} />
          </div>
          {panel}
        </aside>
      ) : (
        <Drawer open={panel !== null} onClose={() => setSource(null)} title={t('ask:source.title')} size={medium ? 480 : '100%'} data-testid="source-panel" destroyOnHidden>
          {panel}
        </Drawer>
      )}
    </div>
  )
}

/** Brings the newest turn to the top, and keeps arriving words in view unless the reader has scrolled up. */
function useScrollToEnd(id: string | undefined, count: number, length: number, busy: boolean) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const turns = box.current?.querySelectorAll<HTMLElement>('.turn')
    const last = turns?.[turns.length - 1]
    if (last) box.current?.scrollTo({ top: Math.max(0, last.offsetTop - 20) })
  }, [id, count, busy])
  useEffect(() => {
    const el = box.current
    if (el && el.scrollHeight - el.scrollTop - el.clientHeight < 160) el.scrollTo({ top: el.scrollHeight })
  }, [length])
  return box
}
