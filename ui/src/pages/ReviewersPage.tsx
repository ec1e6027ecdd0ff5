/** Who reviews: what each is competent for, who is away, who stands in. */
import { Empty, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { AbsenceForm } from '~/features/reviews/AbsenceForm'
import { useReviewers } from '~/features/reviews/reviewers'
import { ReviewerLine } from '~/features/reviews/ReviewerLine'
import { may } from '~/features/session/access'
import { useUser } from '~/features/session/session'
import '~/features/reviews/reviews.css'

export function Component() {
  const { t } = useTranslation('reviews')
  const user = useUser()
  const list = useReviewers()
  const people = list.data?.items ?? []
  const me = people.find((one) => one.id === user.id)
  const leads = may(user, /^review\.assign$/)
  const known = [...new Set(people.flatMap((one) => one.competences))].sort()
  const nameOf = (id: string | null) => people.find((one) => one.id === id)?.name ?? id
  return (
    <div className="page">
      <PageHead crumbs={<Link to="/reviews">{t('title')}</Link>} title={t('people.title')} note={t(leads ? 'people.noteLead' : 'people.note')} />
      {list.isPending && <Skeleton active />}
      {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && people.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('people.empty')} />}
      {me && <AbsenceForm me={me} others={people.filter((one) => one.id !== me.id)} />}
      <ul className="review-list reviewer-list">
        {people.map((one) => <ReviewerLine key={one.id} one={one} deputy={nameOf(one.deputy)} known={known} editable={leads && one.id !== user.id} />)}
      </ul>
    </div>
  )
}
