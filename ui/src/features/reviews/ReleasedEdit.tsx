/** What really left after an edit, against the draft. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { get } from '~/api/client'
import type { Review, Run } from '~/api/types'
import { DiffView } from '~/components/DiffView'

export function ReleasedEdit({ review }: { review: Review }) {
  const { t } = useTranslation('reviews')
  const run = useQuery({
    queryKey: ['run', review.run_id],
    queryFn: ({ signal }) => get<Run>(`/runs/${encodeURIComponent(review.run_id)}`, signal),
    enabled: review.state === 'edited',
  })
  if (!run.data?.answer) return null
  return (
    <section className="panel panel-pad" data-testid="released-edit">
      <div className="desk-title"><h2>{t('edit.released')}</h2></div>
      <DiffView before={review.draft.answer} after={run.data.answer} />
    </section>
  )
}
