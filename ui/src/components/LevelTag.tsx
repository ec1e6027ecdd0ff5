/** The data level of a scenario, collection or model. */
import { useTranslation } from 'react-i18next'
import type { Level } from '~/api/types'

const TONES: Record<Level, string> = { public: 'green', internal: 'blue', sensitive: 'red' }

export function LevelTag({ level }: { level: Level }) {
  const { t } = useTranslation('common')
  return <span className={`badge ${TONES[level] ?? ''}`}>{t(`level.${level}`)}</span>
}
