/** The off-switch board: what serves and what does not, and switching it, with a reason. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Input, Modal, Skeleton, Switch as Toggle } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post } from '~/api/client'
import type { Switch } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { dateTime } from '~/components/time'
import { language } from '~/i18n'
import '~/features/switches/switches.css'

const KINDS = ['channel', 'scenario', 'model'] as const

export function Component() {
  const { t } = useTranslation('switches')
  const board = useQuery({ queryKey: ['switches'], queryFn: ({ signal }) => get<{ items: Switch[] }>('/switches', signal), refetchInterval: 5_000 })
  const [asked, setAsked] = useState<Switch | null>(null)
  return (
    <div className="page">
      <PageHead title={t('title')} note={t('note')} />
      {board.isPending && <Skeleton active />}
      {board.isError && <ErrorCard error={board.error} onRetry={() => void board.refetch()} />}
      {board.data && (
        <div className="stack">
          {KINDS.map((kind) => (
            <section key={kind} className="panel panel-pad">
              <h2>{t(`kind.${kind}`)}</h2>
              <ul className="switch-list">
                {board.data.items.filter((one) => one.target.startsWith(`${kind}:`)).map((one) => <Line key={one.target} one={one} onAsk={() => setAsked(one)} />)}
              </ul>
            </section>
          ))}
        </div>
      )}
      {asked && <ThrowDialog key={asked.target} one={asked} onClose={() => setAsked(null)} />}
    </div>
  )
}

function useTitle(one: Switch) {
  const { t } = useTranslation('switches')
  const [kind, name] = one.target.split(':')
  if (kind === 'channel') return t(`channel.${name}`)
  return (language() === 'en' && one.title_en) || one.title || name
}

function Line({ one, onAsk }: { one: Switch; onAsk: () => void }) {
  const { t } = useTranslation('switches')
  const title = useTitle(one)
  return (
    <li data-testid={`switch-${one.target}`} data-off={String(one.off)}>
      <Toggle checked={!one.off} onChange={onAsk} aria-label={title} checkedChildren={t('on')} unCheckedChildren={t('off')} />
      <span className="switch-text">
        <strong>{title}</strong>
        {one.at && <span className="muted">{t(one.off ? 'offSince' : 'onSince', { at: dateTime(one.at), by: one.by_probe ? t('probe') : (one.by ?? '') })} {one.reason}</span>}
        {one.off && one.notice && <span className="muted">{t('told', { notice: one.notice })}</span>}
      </span>
    </li>
  )
}

function ThrowDialog({ one, onClose }: { one: Switch; onClose: () => void }) {
  const { t } = useTranslation('switches')
  const title = useTitle(one)
  const queries = useQueryClient()
  const [reason, setReason] = useState('')
  const [notice, setNotice] = useState('')
  const off = !one.off
  const send = useMutation({
    mutationFn: () => post<Switch>('/switches', { target: one.target, off, reason: reason.trim(), notice: notice.trim() }),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['switches'] }), queries.invalidateQueries({ queryKey: ['scenarios'] })])
      onClose()
    },
  })
  return (
    <Modal open title={t(off ? 'askOff' : 'askOn', { title })} okText={t(off ? 'throwOff' : 'throwOn')} cancelText={t('common:cancel')} okButtonProps={{ danger: off, disabled: reason.trim().length < 4, 'data-testid': 'throw' } as never} confirmLoading={send.isPending} onOk={() => send.mutate()} onCancel={onClose}>
      <div className="stack">
        <p>{t(off ? 'explainOff' : 'explainOn')}</p>
        <Input.TextArea autoFocus rows={2} maxLength={500} showCount value={reason} onChange={(event) => setReason(event.target.value)} placeholder={t('reason')} aria-label={t('reason')} data-testid="switch-reason" />
        {off && <Input.TextArea rows={2} maxLength={500} value={notice} onChange={(event) => setNotice(event.target.value)} placeholder={t('notice')} aria-label={t('notice')} data-testid="switch-notice" />}
        {send.isError && <ErrorCard error={send.error} />}
      </div>
    </Modal>
  )
}
