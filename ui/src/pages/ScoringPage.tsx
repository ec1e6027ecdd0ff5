/** An expert scores an answer in the view its asker has: the whole, each sentence, each citation. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Input, Rate, Segmented, Skeleton } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router'
import { get, put } from '~/api/client'
import type { Score, Scored } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { AnswerText } from '~/features/ask/AnswerText'
import { LabelLine } from '~/features/ask/Outcomes'
import '~/features/corrections/corrections.css'

export function Component() {
  const { run: id = '' } = useParams()
  const scored = useQuery({ queryKey: ['score', id], queryFn: ({ signal }) => get<Scored>(`/runs/${encodeURIComponent(id)}/score`, signal) })
  if (scored.isPending) return <div className="page"><Skeleton active /></div>
  if (scored.isError) return <div className="page page-narrow"><ErrorCard error={scored.error} onRetry={() => void scored.refetch()} /></div>
  return <Sheet key={id} scored={scored.data} />
}

function Sheet({ scored: { run, score } }: { scored: Scored }) {
  const { t } = useTranslation(['trust', 'ask'])
  const { message } = App.useApp()
  const go = useNavigate()
  const queries = useQueryClient()
  const [total, setTotal] = useState(score?.total ?? 0)
  const [sentences, setSentences] = useState<Record<number, number>>(Object.fromEntries((score?.sentences ?? []).map((one) => [one.index, one.score])))
  const [citations, setCitations] = useState<Record<number, boolean>>(Object.fromEntries((score?.citations ?? []).map((one) => [one.n, one.bears])))
  const [remark, setRemark] = useState(score?.remark ?? '')
  const send = useMutation({
    mutationFn: (given: Score) => put<void>(`/runs/${encodeURIComponent(run.run_id)}/score`, given),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['unscored'] }), queries.invalidateQueries({ queryKey: ['score', run.run_id] })])
      void message.success(t('score.kept'))
      void go('/corrections?tab=scoring')
    },
  })
  const given: Score = {
    total,
    sentences: Object.entries(sentences).map(([index, value]) => ({ index: Number(index), score: value })),
    citations: Object.entries(citations).map(([n, bears]) => ({ n: Number(n), bears })),
    ...(remark.trim() ? { remark: remark.trim() } : {}),
  }
  return (
    <div className="page" data-testid="scoring">
      <PageHead crumbs={<Link to="/corrections?tab=scoring">{t('tab.scoring')}</Link>} title={run.question} note={t('score.note')} />
      <div className="stack">
        <section className="panel panel-pad">
          <AnswerText answer={run.answer ?? ''} claims={run.claims} citations={run.citations} onCite={() => undefined} />
          <LabelLine run={run} />
        </section>
        <section className="panel panel-pad">
          <h2>{t('score.sentences')}</h2>
          {run.claims.map((claim, index) => (
            <div className="score-line" key={claim.text + String(index)}>
              <span>{claim.text}</span>
              <Rate value={sentences[index] ?? 0} onChange={(value) => setSentences((old) => ({ ...old, [index]: value }))} data-testid={`sentence-${index}`} aria-label={t('score.sentence', { n: index + 1 })} />
            </div>
          ))}
        </section>
        <section className="panel panel-pad">
          <h2>{t('score.citations')}</h2>
          {run.citations.map((citation) => (
            <div className="score-line" key={citation.n}>
              <span>[{citation.n}] {citation.document} {citation.label}<span className="muted"> {citation.quote}</span></span>
              <Segmented<string> value={citations[citation.n] === undefined ? '' : citations[citation.n] ? 'yes' : 'no'} onChange={(value) => setCitations((old) => ({ ...old, [citation.n]: value === 'yes' }))} options={[{ value: 'yes', label: t('score.bears') }, { value: 'no', label: t('score.bearsNot') }]} />
            </div>
          ))}
        </section>
        <section className="panel panel-pad stack">
          <h2>{t('score.total')}</h2>
          <Rate value={total} onChange={setTotal} data-testid="score-total" aria-label={t('score.total')} />
          <Input.TextArea rows={2} maxLength={1000} value={remark} onChange={(event) => setRemark(event.target.value)} placeholder={t('score.remark')} aria-label={t('score.remark')} />
          {send.isError && <ErrorCard error={send.error} />}
          <Button type="primary" disabled={total === 0} loading={send.isPending} onClick={() => send.mutate(given)} data-testid="send-score">{t('score.send')}</Button>
        </section>
      </div>
    </div>
  )
}
