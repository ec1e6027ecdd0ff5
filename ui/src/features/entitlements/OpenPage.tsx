/** The frame of a page that needs no login, with the way back to the citizens' window. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { LanguageSwitch } from '~/components/LanguageSwitch'
import { PageHead } from '~/components/PageHead'
import '~/features/shell/shell.css'
import './entitlements.css'

export function OpenPage({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  const { t } = useTranslation('entitlements')
  return (
    <div className="open-page" data-testid="open-page">
      <div className="open-head">
        <a href="/public">{t('open.back')}</a>
        <LanguageSwitch className="plain-button small" />
      </div>
      <PageHead title={title} note={note} />
      {children}
    </div>
  )
}
