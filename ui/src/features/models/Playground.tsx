/** One question, two routes side by side. */
import { Button, Empty, Input, Select } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModelRegistry } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { number } from './models'
import { chat, NOTHING, type Told } from './play'

type Side = { told: Told; error: unknown; busy: boolean }
const IDLE: Side = { told: NOTHING, error: null, busy: false }

export function Playground({ registry }: { registry: ModelRegistry }) {
  const { t } = useTranslation('models')
  const chats = registry.routes.filter((route) => route.resolved.some((id) => registry.models.some((model) => model.id === id && (model.capabilities.includes('chat') || (['openai', 'llama'].includes(model.backend) && model.capabilities.length === 0)))))
  const [routes, setRoutes] = useState<[string, string]>([chats[0]?.id ?? '', chats[1]?.id ?? chats[0]?.id ?? ''])
  const [message, setMessage] = useState('')
  const [sides, setSides] = useState<[Side, Side]>([IDLE, IDLE])
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  if (chats.length === 0) return <Empty description={t('play.noRoute')} />
  const set = (at: number, change: Partial<Side>) => setSides((both) => both.map((side, n) => (n === at ? { ...side, ...change } : side)) as [Side, Side])
  const busy = sides.some((side) => side.busy)
  const send = () => {
    abort.current?.abort()
    const controller = new AbortController()
    abort.current = controller
    setSides([{ ...IDLE, busy: true }, { ...IDLE, busy: true }])
    routes.forEach((route, at) => {
      chat(route, message, controller.signal, (told) => set(at, { told }))
        .catch((error) => set(at, { error: error instanceof DOMException ? null : error }))
        .finally(() => set(at, { busy: false }))
    })
  }
  return (
    <div className="play">
      <div className="play-ask">
        <Input.TextArea value={message} onChange={(event) => setMessage(event.target.value)} placeholder={t('play.message')} aria-label={t('play.message')} autoSize={{ minRows: 2, maxRows: 8 }} data-testid="play-message" onPressEnter={(event) => { if ((event.ctrlKey || event.metaKey) && message.trim() !== '') send() }} />
        {busy ? <Button danger onClick={() => abort.current?.abort()}>{t('play.stop')}</Button> : <Button type="primary" disabled={message.trim() === ''} onClick={send} data-testid="play-send">{t('play.send')}</Button>}
      </div>
      <div className="play-sides">
        {sides.map((side, at) => (
          <section key={at === 0 ? 'left' : 'right'} className="panel play-side" data-testid={`play-${at === 0 ? 'left' : 'right'}`}>
            <Select aria-label={t(at === 0 ? 'play.left' : 'play.right')} value={routes[at]} onChange={(id) => setRoutes(at === 0 ? [id, routes[1]] : [routes[0], id])} options={chats.map((route) => ({ value: route.id, label: route.id }))} />
            {side.told.queued !== null && <p className="badge amber">{t('play.queued', { n: side.told.queued })}</p>}
            {side.told.reasoning !== '' && <details><summary>{t('play.reasoning')}</summary><p className="play-text muted">{side.told.reasoning}</p></details>}
            <p className="play-text" aria-live="polite">{side.told.content || (side.busy ? t('play.waiting') : '')}</p>
            {side.told.total !== null && <p className="muted">{t('play.time', { first: number(side.told.first ?? 0), total: number(side.told.total), tokens: number(side.told.tokens) })}</p>}
            {side.error != null && <ErrorCard error={side.error} />}
          </section>
        ))}
      </div>
    </div>
  )
}
