/** Times as people read them, in the chosen language. */
import { i18n, language } from '~/i18n'

export function dateTime(at: string | null | undefined, seconds = false): string {
  if (!at) return '—'
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return at
  return new Intl.DateTimeFormat(language(), {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: seconds ? '2-digit' : undefined, hour12: false,
  }).format(time)
}

/** The day of a time where the reader is, `YYYY-MM-DD`. */
export function localDay(at: string): string {
  const time = new Date(at)
  return `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, '0')}-${String(time.getDate()).padStart(2, '0')}`
}

export function ago(at: string, now = Date.now()): string {
  const say = (key: string, n = 0) => i18n.t(`time.${key}`, { ns: 'common', n })
  const minutes = Math.floor((now - new Date(at).getTime()) / 60_000)
  if (minutes < 1) return say('now')
  if (minutes < 60) return say('minutesAgo', minutes)
  if (minutes < 24 * 60) return say('hoursAgo', Math.floor(minutes / 60))
  if (minutes < 7 * 24 * 60) return say('daysAgo', Math.floor(minutes / 1440))
  return dateTime(at)
}

export function duration(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60]
  if (d > 0) return i18n.t('time.dh', { ns: 'common', d, h })
  if (h > 0 && m === 0) return i18n.t('time.h', { ns: 'common', n: h })
  if (h > 0) return i18n.t('time.hm', { ns: 'common', h, m })
  return i18n.t('time.m', { ns: 'common', n: m })
}

export function bytes(n: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let at = 0
  let value = n
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024
    at += 1
  }
  return `${value.toFixed(value >= 100 || at === 0 ? 0 : 1)} ${units[at]}`
}
