/** Language choice and on-demand loading of one locale file per page area. */
import i18next, { type BackendModule } from 'i18next'
import { initReactI18next } from 'react-i18next'

export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const STORED = 'shuzheng.language'
const files = import.meta.glob<{ default: Record<string, unknown> }>('./locales/*/*.json')

const backend: BackendModule = {
  type: 'backend',
  init() {},
  read(language, namespace, done) {
    const load = files[`./locales/${language}/${namespace}.json`]
    if (!load) return done(new Error(`no locale file ${language}/${namespace}`), false)
    load().then((file) => done(null, file.default), (cause) => done(cause, false))
  },
}

function firstLanguage(): Language {
  const kept = localStorage.getItem(STORED)
  if (kept === 'en' || kept === 'zh-CN') return kept
  return 'zh-CN'
}

export const i18n = i18next
export const ready = i18next
  .use(backend)
  .use(initReactI18next)
  .init({
    lng: firstLanguage(),
    fallbackLng: false,
    supportedLngs: [...LANGUAGES],
    load: 'currentOnly',
    ns: ['common'],
    defaultNS: 'common',
    interpolation: { escapeValue: false },
    react: { useSuspense: true },
  })

function tellDocument() {
  document.documentElement.lang = i18next.language
  document.title = i18next.t('product.title')
}
void ready.then(tellDocument)
i18next.on('languageChanged', tellDocument)

export function language(): Language {
  return i18next.language === 'en' ? 'en' : 'zh-CN'
}

export async function chooseLanguage(next: Language) {
  localStorage.setItem(STORED, next)
  await i18next.changeLanguage(next)
}
