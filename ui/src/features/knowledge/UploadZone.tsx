/** Where files are dropped, and what became of each of them. */
import { CheckCircleFilled, CloseCircleFilled, CopyOutlined, InboxOutlined } from '@ant-design/icons'
import { Button, Progress, Upload } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Problem } from '~/api/client'
import { describe } from '~/components/ErrorCard'
import { bytes } from '~/components/time'
import { defectWords } from './defects'
import { type UploadRow, useUploads } from './useUploads'

export function UploadZone({ collection }: { collection: string }) {
  const { t } = useTranslation('knowledge')
  const { rows, add, clear } = useUploads(collection)
  const finished = rows.filter((row) => row.phase === 'done' || row.phase === 'duplicate' || row.phase === 'failed').length
  return (
    <div className="upload-zone" data-testid="upload">
      <Upload.Dragger
        multiple
        showUploadList={false}
        beforeUpload={(file, list) => {
          if (file === list[0]) add(list)
          return false
        }}
      >
        <p className="upload-title"><InboxOutlined /> {t('upload.drop')}</p>
        <p className="muted">{t('upload.formats')}</p>
      </Upload.Dragger>
      {rows.length > 0 && (
        <div className="upload-list">
          <div className="upload-head">
            <span>{t('upload.count', { done: finished, all: rows.length })}</span>
            {finished > 0 && <Button type="link" size="small" onClick={clear}>{t('upload.clear')}</Button>}
          </div>
          <ul>{rows.map((row) => <UploadLine key={row.key} row={row} />)}</ul>
        </div>
      )}
    </div>
  )
}

function UploadLine({ row }: { row: UploadRow }) {
  const { t } = useTranslation('knowledge')
  const failure = row.phase === 'failed' ? told(row.error, t) : null
  const percent = Math.round(row.share * 100)
  return (
    <li className={`upload-row ${row.phase}`} data-testid="upload-row" data-phase={row.phase}>
      <span className="upload-sign">
        {row.phase === 'done' && <CheckCircleFilled />}
        {row.phase === 'failed' && <CloseCircleFilled />}
        {row.phase === 'duplicate' && <CopyOutlined />}
      </span>
      <span className="upload-name">
        {row.document && row.phase !== 'failed' ? <Link to={`/documents/${row.document}`}>{row.name}</Link> : row.name}
        <span className="muted"> {bytes(row.size)}</span>
        {failure && (
          <span className="upload-error" role="alert">
            {failure.title} {failure.next} <code>{failure.code}</code>
          </span>
        )}
      </span>
      <span className="upload-state">
        {(row.phase === 'sending' || row.phase === 'importing') && <Progress percent={percent} size="small" style={{ width: 120 }} aria-label={row.name} />}
        <span>{row.phase === 'importing' && row.note ? t(`stage.${row.note}`, { defaultValue: row.note }) : t(`phase.${row.phase}`)}</span>
      </span>
    </li>
  )
}

/** A failed job tells code and message itself; a failed call is a Problem. */
function told(error: unknown, t: (key: string, values?: Record<string, unknown>) => string): { title: string; next: string; code: string } {
  const job = error as { code?: string; message?: string; next_step?: string } | null
  if (!(error instanceof Problem) && job?.code) return { title: defectWords({ code: job.code, message: job.message ?? '' }, t), next: job.next_step ?? '', code: job.code }
  return describe(error, t)
}
