/** Other words for a refusal, beside those in force when they were proposed. */
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { RefusalWords, Review } from '~/api/types'
import { RefusalTexts } from './RefusalTexts'
import './refusals.css'

type Payload = { words: RefusalWords; before: RefusalWords; why: string }

export function RefusalMatter({ review }: { review: Review }) {
  const { t } = useTranslation('refusals')
  const payload = review.payload as Payload
  return (
    <section className="panel panel-pad" data-testid="matter">
      <div className="desk-title"><h2>{t(`name.${review.subject}`, { defaultValue: review.subject })}</h2><Link to="/refusals">{t('openBank')}</Link></div>
      <RefusalTexts words={payload.words} before={payload.before} />
      <p className="muted">{t('because', { why: payload.why })}</p>
    </section>
  )
}
