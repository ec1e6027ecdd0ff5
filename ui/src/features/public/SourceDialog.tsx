/** The cited article over the page; Escape or the backdrop closes it. */
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Citation } from '~/api/types'
import { SourceArticle } from '~/features/ask/SourceArticle'

export function SourceDialog({ citation, onClose }: { citation: Citation | null; onClose: () => void }) {
  const { t } = useTranslation(['public', 'ask'])
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (citation && !box.current?.open) box.current?.showModal()
    if (!citation) box.current?.close()
  }, [citation])
  return (
    <dialog className="citizen-dialog" ref={box} onClose={onClose} onClick={(event) => event.target === box.current && onClose()} aria-label={t('ask:source.title')} data-testid="source-panel">
      {citation && (
        <div className="citizen-dialog-in">
          <div className="citizen-dialog-head">
            <strong>{t('ask:source.title')}</strong>
            <button type="button" className="plain-button" onClick={onClose} data-testid="source-close">{t('common:close')}</button>
          </div>
          <SourceArticle citation={citation} />
        </div>
      )}
    </dialog>
  )
}
