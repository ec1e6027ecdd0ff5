/** The head of a page: where we are, what this is, what can be done. */
import type { ReactNode } from 'react'
import { useTitle } from './useTitle'

type Props = { title: ReactNode; note?: ReactNode; crumbs?: ReactNode; actions?: ReactNode }

export function PageHead({ title, note, crumbs, actions }: Props) {
  useTitle(typeof title === 'string' ? title : null)
  return (
    <header className="page-head">
      <div className="page-head-text">
        {crumbs && <div className="page-crumbs">{crumbs}</div>}
        <h1>{title}</h1>
        {note && <p>{note}</p>}
      </div>
      {actions && <div className="page-head-actions">{actions}</div>}
    </header>
  )
}
