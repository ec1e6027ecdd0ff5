/** The change of a level whose impact was shown: it carries the hash of that impact, and a reason. */
import { useMutation } from '@tanstack/react-query'
import { App, Button, Input } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem, post } from '~/api/client'
import type { FenceImpact, LevelChanged } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import type { LevelQuestion } from './FenceImpact'

type Props = { asked: LevelQuestion; impact: FenceImpact; onLookAgain: () => void; onChanged: () => void }

export function LevelConfirm({ asked, impact, onLookAgain, onChanged }: Props) {
  const { t } = useTranslation('fence')
  const { message } = App.useApp()
  const [reason, setReason] = useState('')
  const change = useMutation({
    mutationFn: () => post<LevelChanged>('/fence/levels', { ...asked, reason: reason.trim(), impact: impact.hash }),
    onSuccess: ({ state }) => {
      void message.success(t(state === 'changed' ? 'impact.done' : 'impact.waits'))
      onChanged()
    },
    onError: (error) => {
      // What was shown is not what it would do now: it is shown anew, and confirmed again.
      if (error instanceof Problem && error.code === 'fence.impact_changed') {
        void message.warning(t('impact.moved'))
        onLookAgain()
      }
    },
  })
  return (
    <div data-testid="level-confirm">
      <p className="muted">{t(impact.needs_review ? 'impact.review' : 'impact.atOnce')}</p>
      <div className="fence-save">
        <Input value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} placeholder={t('impact.reason')} aria-label={t('impact.reason')} data-testid="level-reason" />
        <Button type="primary" danger={!impact.needs_review} disabled={reason.trim().length < 4} loading={change.isPending} onClick={() => change.mutate()} data-testid="level-apply">{t(impact.needs_review ? 'impact.submit' : 'impact.apply')}</Button>
      </div>
      {change.isError && <ErrorCard error={change.error} />}
    </div>
  )
}
