/** One file on its way: how far it is, what was wrong with it page by page, and what can be done about it. */
import { CheckCircleFilled, CloseCircleFilled, CloseOutlined, CopyOutlined, FileTextOutlined, MinusCircleOutlined, RedoOutlined, WarningFilled } from '@ant-design/icons'
import { Button, Progress } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Problem } from '~/api/client'
import { describe } from '~/components/ErrorCard'
import { bytes } from '~/components/time'
import { defectWords } from './defects'
import { repeatable, repeatUpload, stopUpload, type UploadRow } from './uploads'

const SIGNS = { done: <CheckCircleFilled />, failed: <CloseCircleFilled />, duplicate: <CopyOutlined />, stopped: <MinusCircleOutlined />, waiting: <FileTextOutlined />, sending: <FileTextOutlined />, importing: <FileTextOutlined /> }

export function UploadLine({ row }: { row: UploadRow }) {
  const { t } = useTranslation('knowledge')
  const failure = row.phase === 'failed' ? told(row.error, t) : null
  const opened = row.document && row.phase !== 'failed' && row.phase !== 'importing' && row.phase !== 'stopped'
  const moving = row.phase === 'sending' || row.phase === 'importing'
  return (
    <li className={`upload-row ${row.phase}`} data-testid="upload-row" data-phase={row.phase}>
      <span className="upload-sign">{SIGNS[row.phase]}</span>
      <span className="upload-name">
        {opened ? <Link to={`/documents/${row.document}`}>{row.name}</Link> : row.name}
        <span className="muted"> {bytes(row.size)}</span>
        {failure && (
          <span className="upload-error" role="alert">
            {[failure.title, failure.next].filter(Boolean).join(' ')} <code>{failure.code}</code>
          </span>
        )}
        {row.phase === 'duplicate' && <span className="upload-told">{t('upload.duplicate')}</span>}
        {row.defects.length > 0 && row.phase !== 'failed' && <DefectLine row={row} />}
      </span>
      <span className="upload-state">
        {moving && <Progress percent={Math.round(row.share * 100)} size="small" style={{ width: 110 }} aria-label={row.name} />}
        <span className="upload-stage">{stage(row, t)}</span>
        {(row.phase === 'waiting' || moving) && (
          <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('upload.stop', { name: row.name })} title={t('upload.stop', { name: row.name })} onClick={() => stopUpload(row)} data-testid="upload-stop" />
        )}
        {repeatable(row) && (
          <Button type="text" size="small" icon={<RedoOutlined />} aria-label={t('upload.again', { name: row.name })} title={t('upload.again', { name: row.name })} onClick={() => repeatUpload(row)} data-testid="upload-again" />
        )}
      </span>
    </li>
  )
}

function DefectLine({ row }: { row: UploadRow }) {
  const { t } = useTranslation('knowledge')
  const pages = [...new Set(row.defects.flatMap((defect) => defect.page ?? []))].sort((a, b) => a - b)
  return (
    <span className="upload-defects" data-testid="upload-defects">
      <WarningFilled /> {t('defects', { n: row.defects.length })}
      {pages.length > 0 && <span>{t('pages.on', { pages: pages.slice(0, 6).join(t('comma')) + (pages.length > 6 ? '…' : '') })}</span>}
      {row.document && <Link to={`/documents/${row.document}/pages${pages[0] ? `?page=${pages[0]}` : ''}`}>{t('pages.look')}</Link>}
    </span>
  )
}

type Say = (key: string, values?: Record<string, unknown>) => string

function stage(row: UploadRow, t: Say): string {
  if (row.phase !== 'importing') return t(`phase.${row.phase}`)
  if (row.pages && row.pages.total > 1 && row.pages.done < row.pages.total) return t('stage.page', row.pages)
  return row.note ? t(`stage.${row.note}`, { defaultValue: row.note }) : t('phase.importing')
}

/** A failed job tells code and message itself; a failed call is a Problem. */
function told(error: unknown, t: Say): { title: string; next: string; code: string } {
  const job = error as { code?: string; message?: string; next_step?: string } | null
  if (!(error instanceof Problem) && job?.code) return { title: defectWords({ code: job.code, message: job.message ?? '' }, t), next: job.next_step ?? '', code: job.code }
  if (error instanceof Problem && error.status === 413) return { title: error.title || t('defect.too_large'), next: error.nextStep ?? '', code: error.code }
  return describe(error, t)
}
