/** What an asker reads, in both languages; beside other words, the difference. */
import { useTranslation } from 'react-i18next'
import type { RefusalWords } from '~/api/types'
import { DiffView } from '~/components/DiffView'
import { TEXTS } from './refusals'

export function RefusalTexts({ words, before }: { words: RefusalWords; before?: RefusalWords }) {
  const { t } = useTranslation('refusals')
  return (
    <dl className="refusal-texts">
      {TEXTS.map((text) => (
        <div key={text}>
          <dt>{t(`text.${text}`)}</dt>
          <dd lang={text.endsWith('_en') ? 'en' : 'zh-CN'}>{before ? <DiffView before={before[text]} after={words[text]} /> : words[text]}</dd>
        </div>
      ))}
    </dl>
  )
}
