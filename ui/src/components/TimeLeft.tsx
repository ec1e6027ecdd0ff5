/** How long until a deadline, ticking; red when it is over. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dateTime, duration } from './time'

export function TimeLeft({ due }: { due: string | null | undefined }) {
  const { t } = useTranslation('common')
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 15_000)
    return () => clearInterval(tick)
  }, [])
  if (!due) return <span className="muted">—</span>
  const left = new Date(due).getTime() - now
  const tone = left < 0 ? 'red' : left < 10 * 60_000 ? 'amber' : ''
  return (
    <span className={`badge ${tone}`} title={dateTime(due)} data-testid="time-left">
      {t(left < 0 ? 'time.over' : 'time.left', { time: duration(Math.abs(left)) })}
    </span>
  )
}
