/** A document page by page: the text as it was read, and beside it what went wrong there. */
import { ArrowRightOutlined, WarningFilled } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Skeleton, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams, useSearchParams } from 'react-router'
import { get, Problem } from '~/api/client'
import type { Defect, DocumentFull, PageText, PageTexts } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { PageHead } from '~/components/PageHead'
import { useKeys } from '~/components/useKeys'
import { defectWords } from '~/features/knowledge/defects'
import { useDocument } from '~/features/knowledge/knowledge'
import '~/features/knowledge/knowledge.css'

export function Component() {
  const { document: id = '' } = useParams()
  const found = useDocument(id)
  const pages = useQuery({
    queryKey: ['pages', id],
    queryFn: ({ signal }) => get<PageTexts>(`/documents/${encodeURIComponent(id)}/pages?limit=500`, signal),
    retry: false,
    staleTime: 300_000,
  })
  if (found.isPending || pages.isPending) return <div className="page"><Skeleton active /></div>
  if (found.isError) return <div className="page page-narrow"><ErrorCard error={found.error} onRetry={() => void found.refetch()} /></div>
  // Without page texts the defects are still told, page by page.
  const missing = pages.error instanceof Problem && [404, 409, 501].includes(pages.error.status)
  if (pages.isError && !missing) return <div className="page page-narrow"><ErrorCard error={pages.error} onRetry={() => void pages.refetch()} /></div>
  return <Pages document={found.data} pages={pages.data?.items ?? byPage(found.data.defects)} unseen={missing} />
}

function byPage(defects: Defect[]): PageText[] {
  const numbers = [...new Set(defects.flatMap((defect) => defect.page ?? []))].sort((a, b) => a - b)
  return numbers.map((n) => ({ n, text: '', defects: defects.filter((defect) => defect.page === n) }))
}

function Pages({ document, pages, unseen }: { document: DocumentFull; pages: PageText[]; unseen: boolean }) {
  const { t } = useTranslation('knowledge')
  const [params, setParams] = useSearchParams()
  const faulty = pages.filter((page) => page.defects.length > 0)
  const [only, setOnly] = useState(faulty.length > 0)
  const shown = only ? faulty : pages
  const asked = Number(params.get('page'))
  const page = shown.find((one) => one.n === asked) ?? shown[0]
  const open = (n: number) => setParams({ page: String(n) }, { replace: true })
  const step = (by: number) => {
    const next = shown[shown.findIndex((one) => one.n === page?.n) + by]
    if (next) open(next.n)
  }
  const nextFault = faulty.find((one) => one.n > (page?.n ?? 0)) ?? faulty[0]
  useKeys({ j: () => step(1), k: () => step(-1), n: () => nextFault && open(nextFault.n) })
  const whole = document.defects.filter((defect) => defect.page === null)
  return (
    <div className="page" data-testid="pages">
      <PageHead
        crumbs={<Link to={`/documents/${document.id}`}>{document.title}</Link>}
        title={t('pages.title')}
        note={t('pages.note')}
        actions={
          <>
            {faulty.length > 0 && <label className="switch-label"><Switch size="small" checked={only} onChange={setOnly} /> {t('pages.only')}</label>}
            {faulty.length > 1 && nextFault && <Button icon={<ArrowRightOutlined />} onClick={() => open(nextFault.n)}>{t('pages.next')} <kbd>n</kbd></Button>}
          </>
        }
      />
      <div className="stack">
        {unseen && document.defects.length > 0 && <Alert type="info" showIcon title={t('pages.unseen')} />}
        {whole.length > 0 && <Alert type="warning" showIcon title={t('pages.whole')} description={<DefectItems defects={whole} />} />}
        {!page && <div className="panel panel-pad muted">{t('pages.none')}</div>}
        {page && (
          <div className="pages">
            <nav className="panel pages-list" aria-label={t('pages.list')}>
              {shown.map((one) => (
                <button key={one.n} type="button" className={one.n === page.n ? 'active' : ''} aria-current={one.n === page.n ? 'page' : undefined} onClick={() => open(one.n)}>
                  <span>{t('page', { n: one.n })}</span>
                  {one.defects.length > 0 && <span className="pages-count"><WarningFilled /> {t('pages.count', { n: one.defects.length })}</span>}
                </button>
              ))}
            </nav>
            <article className="panel pages-text" data-testid="page-text">
              <h2>{t('page', { n: page.n })}</h2>
              {page.text.trim() === '' ? <p className="pages-blank">{t('pages.noText')}</p> : page.text.split('\n').map((line, at) => <p key={at}>{line}</p>)}
            </article>
            <aside className="panel panel-pad pages-defects" data-testid="page-defects">
              {page.defects.length === 0 ? <p className="muted">{t('pages.clean')}</p> : <DefectItems defects={page.defects} />}
            </aside>
          </div>
        )}
      </div>
    </div>
  )
}

function DefectItems({ defects }: { defects: Defect[] }) {
  const { t } = useTranslation('knowledge')
  return (
    <ul className="defects">
      {defects.map((defect, at) => (
        <li key={at}>
          {defectWords(defect, t)} <code>{defect.code}</code>
        </li>
      ))}
    </ul>
  )
}
