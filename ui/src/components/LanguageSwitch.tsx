/** Chinese or English, kept for the next visit. */
import { useTranslation } from 'react-i18next'
import { chooseLanguage, language } from '~/i18n'

export function LanguageSwitch({ className }: { className?: string }) {
  const { t } = useTranslation('common')
  const next = language() === 'en' ? 'zh-CN' : 'en'
  return (
    <button type="button" className={className ?? 'link-button'} lang={next} data-testid="language" onClick={() => void chooseLanguage(next)}>
      {t('language.other')}
    </button>
  )
}
