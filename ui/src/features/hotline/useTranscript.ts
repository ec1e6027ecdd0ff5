/** A call over its web socket: what was said, the draft, the answer; it connects again when the line breaks. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { ROOT } from '~/api/client'
import type { HotlineCall, HotlineUtterance, Run } from '~/api/types'
import { language } from '~/i18n'

type Told = { title: string; detail?: string }
type Message =
  | { type: 'call'; view: HotlineCall }
  | { type: 'partial'; said: HotlineUtterance }
  | { type: 'answer'; question: string; run: Run }
  | { type: 'problem'; problem: Told }

export function useTranscript(call: string) {
  const socket = useRef<WebSocket | null>(null)
  const [view, setView] = useState<HotlineCall | null>(null)
  const [answer, setAnswer] = useState<{ question: string; run: Run } | null>(null)
  const [partial, setPartial] = useState<HotlineUtterance | null>(null)
  const [problem, setProblem] = useState<Told | null>(null)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    let over = false
    let wait = 500
    let timer: ReturnType<typeof setTimeout>
    setView(null)
    setAnswer(null)
    const connect = () => {
      const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws'
      const line = new WebSocket(`${scheme}://${window.location.host}${ROOT}/hotline/calls/${encodeURIComponent(call)}/transcript?answers=true&language=${language() === 'en' ? 'en' : 'zh'}`)
      socket.current = line
      line.onopen = () => {
        wait = 500
        setOpen(true)
      }
      line.onmessage = (event) => {
        const message = JSON.parse(event.data as string) as Message
        if (message.type === 'call') {
          setView(message.view)
          setPartial(null)
        } else if (message.type === 'partial') setPartial(message.said)
        else if (message.type === 'answer') setAnswer({ question: message.question, run: message.run })
        else setProblem(message.problem)
      }
      line.onclose = () => {
        setOpen(false)
        if (over) return
        timer = setTimeout(connect, wait)
        wait = Math.min(wait * 2, 10_000)
      }
    }
    connect()
    return () => {
      over = true
      clearTimeout(timer)
      socket.current?.close()
    }
  }, [call])
  const send = useCallback((message: object) => {
    setProblem(null)
    if (socket.current?.readyState !== WebSocket.OPEN) return false
    socket.current.send(JSON.stringify(message))
    return true
  }, [])
  const say = useCallback((speaker: string, text: string) => send({ type: 'say', speaker, text, final: true }), [send])
  return { view, answer, partial, problem, open, say, setView }
}
