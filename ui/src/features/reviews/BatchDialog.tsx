/** One decision for several items with one reason, and what came of each. */
import { Input, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BatchLine, ReviewRow } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { useUser } from '~/features/session/session'
import { type BatchDecision, useDecideMany } from './reviews'
import { seenBy } from './seen'

type Props = { decision: BatchDecision; rows: ReviewRow[]; onClose: (decided: boolean) => void }

export function BatchDialog({ decision, rows, onClose }: Props) {
  const { t } = useTranslation('reviews')
  const [seen] = useState(seenBy(useUser().id))
  const [reason, setReason] = useState('')
  const decide = useDecideMany()
  const because = decision !== 'approve'
  const missing = because && reason.trim() === ''
  const alone = rows.filter((row) => row.signatures > 1 || row.state !== 'pending')
  const unseen = rows.filter((row) => !alone.includes(row) && !seen[row.id])
  const send = () => decide.mutate({ decision, ...(reason.trim() ? { reason: reason.trim() } : {}), items: rows.map((row) => ({ id: row.id, ...(seen[row.id] ? { seen: seen[row.id] } : {}) })) })
  const lines = decide.data?.items
  return (
    <Modal
      open
      title={t(`batch.ask.${decision}`, { n: rows.length })}
      okText={t(lines ? 'batch.close' : `action.${decision}`)}
      cancelText={t('common:cancel')}
      cancelButtonProps={{ style: lines ? { display: 'none' } : undefined }}
      okButtonProps={{ danger: decision === 'reject' && !lines, disabled: !lines && missing, 'data-testid': 'batch-confirm' } as never}
      confirmLoading={decide.isPending}
      onOk={() => (lines ? onClose(true) : send())}
      onCancel={() => onClose(lines !== undefined)}
      width={640}
    >
      {lines ? <Results lines={lines} rows={rows} /> : (
        <div className="stack">
          <p>{t('batch.text')}</p>
          <LeftOut words={t('batch.unseen')} rows={unseen} />
          <LeftOut words={t('batch.fourEyes')} rows={alone} />
          <Input.TextArea rows={3} maxLength={500} showCount autoFocus value={reason} onChange={(event) => setReason(event.target.value)} placeholder={t(because ? 'batch.reasonNeeded' : 'reasonOptional')} aria-label={t(because ? 'batch.reasonNeeded' : 'reasonOptional')} data-testid="batch-reason" />
          {decide.isError && <ErrorCard error={decide.error} />}
        </div>
      )}
    </Modal>
  )
}

function LeftOut({ words, rows }: { words: string; rows: ReviewRow[] }) {
  if (rows.length === 0) return null
  return (
    <div data-testid="batch-left-out">
      <p><span className="badge amber">{words}</span></p>
      <ul className="batch-names">{rows.map((row) => <li key={row.id}>{row.question}</li>)}</ul>
    </div>
  )
}

function Results({ lines, rows }: { lines: BatchLine[]; rows: ReviewRow[] }) {
  const { t } = useTranslation('reviews')
  const title = (id: string) => rows.find((row) => row.id === id)?.question ?? id
  const why = (line: BatchLine) => t(`whyNot.${(line.code ?? 'none').replaceAll('.', '_')}`, { defaultValue: line.detail ?? t('mayNot') })
  return (
    <div className="stack">
      <p role="status">{t('batch.result', { done: lines.filter((line) => line.done).length, all: lines.length })}</p>
      <ul className="batch-results">
        {lines.map((line) => (
          <li key={line.id} data-testid="batch-line" data-done={line.done}>
            <span className={`badge ${line.done ? 'green' : 'amber'}`}>{line.done ? t(`state.${line.state}`) : t('batch.leftOut')}</span>
            <span>{title(line.id)}{!line.done && <small className="muted"> {why(line)}</small>}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
