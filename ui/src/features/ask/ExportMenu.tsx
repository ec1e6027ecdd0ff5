/** An answer as a file: four formats, each with the visible and the implicit label (GB 45438-2025). */
import { useTranslation } from 'react-i18next'
import { ROOT } from '~/api/client'
import type { Run } from '~/api/types'
import './ask.css'

export const FORMATS = ['docx', 'pdf', 'ofd', 'md'] as const

export const exportAddress = (run: Run, format: (typeof FORMATS)[number]) => `${ROOT}/runs/${run.run_id}/export?format=${format}`

/** Links, so that a keyboard and a screen reader reach them without a menu. */
export function ExportLinks({ run }: { run: Run }) {
  const { t } = useTranslation('ask')
  return (
    <p className="export-links" data-testid="export-links">
      <span>{t('export.as')}</span>
      {FORMATS.map((format) => (
        <a key={format} href={exportAddress(run, format)} download data-testid={`export-${format}`}>
          {t(`export.${format}`)}
        </a>
      ))}
    </p>
  )
}
