/** The name of the page in the browser's tab and history. */
import { useEffect } from 'react'
import { i18n } from '~/i18n'

export function useTitle(title: string | null) {
  useEffect(() => {
    const product = i18n.t('product.title', { ns: 'common' })
    document.title = title ? `${title} · ${i18n.t('product.name', { ns: 'common' })}` : product
    return () => {
      document.title = product
    }
  }, [title])
}
