/** What the reader should know besides the answer: a changed article, a repealed law with its successor, provisions that conflict. */
import type { Notice } from '~/api/types'
import './ask.css'

export function Notices({ notices }: { notices: Notice[] }) {
  if (notices.length === 0) return null
  return (
    <ul className="notices">
      {notices.map(({ code, text }) => (
        <li key={code + text} className={`notice${/repealed|expired|emergency/.test(code) ? ' red' : ''}`} data-testid="notice" data-code={code}>
          <svg width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
            <path d="M8 1.8 15 14H1L8 1.8Z" strokeLinejoin="round" />
            <path d="M8 6.4v3.4M8 11.4v1" strokeLinecap="round" />
          </svg>
          <span>{text}</span>
        </li>
      ))}
    </ul>
  )
}
