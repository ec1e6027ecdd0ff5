/** The citizen page's head: whose window this is, larger print, the other language. */
import { useTranslation } from 'react-i18next'
import { LanguageSwitch } from '~/components/LanguageSwitch'
import { Logo } from '~/components/Logo'

export function PublicHeader({ large, onLarge }: { large: boolean; onLarge: () => void }) {
  const { t } = useTranslation('public')
  return (
    <header className="citizen-head">
      <div className="citizen-head-in">
        <Logo size={34} plate="#2a5796" />
        <div className="citizen-name">
          <strong>{t('common:product.name')}</strong>
          <span>{t('window')}</span>
        </div>
        <div className="citizen-tools">
          <button type="button" aria-pressed={large} onClick={onLarge} data-testid="large-print">
            {t(large ? 'normalPrint' : 'largePrint')}
          </button>
          <LanguageSwitch className="citizen-tool" />
        </div>
      </div>
    </header>
  )
}
