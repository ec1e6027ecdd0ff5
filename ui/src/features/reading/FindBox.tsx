/** Looking for words inside the document: how often they stand there, and from one place to the next. */
import { DownOutlined, SearchOutlined, UpOutlined } from '@ant-design/icons'
import { Button, Input } from 'antd'
import type { Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { useMedia } from '~/components/useMedia'

type Props = { ref: Ref<HTMLInputElement>; typed: string; onType: (words: string) => void; hit: number; found: number | null; onGo: (by: number) => void }

export function FindBox({ ref, typed, onType, hit, found, onGo }: Props) {
  const { t } = useTranslation('reading')
  const keys = useMedia('(min-width: 601px) and (pointer: fine)')
  return (
    <div className="find">
      <Input
        ref={(input) => {
          const inner = input?.input ?? null
          if (typeof ref === 'function') ref(inner)
          else if (ref) ref.current = inner
        }}
        allowClear
        size="small"
        prefix={<SearchOutlined />}
        placeholder={t(keys ? 'reader.findKey' : 'reader.find')}
        aria-label={t('reader.find')}
        value={typed}
        onChange={(event) => onType(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onGo(event.shiftKey ? -1 : 1)
          else if (event.key === 'Escape') event.currentTarget.blur()
        }}
        data-testid="find"
      />
      {found !== null && (
        <div className="find-foot">
          <span role="status" data-testid="find-count">{found === 0 ? t('reader.nothing') : t('reader.hit', { n: hit + 1, all: found })}</span>
          <Button type="text" size="small" icon={<UpOutlined />} disabled={!found} aria-label={t('reader.previous')} onClick={() => onGo(-1)} />
          <Button type="text" size="small" icon={<DownOutlined />} disabled={!found} aria-label={t('reader.next')} onClick={() => onGo(1)} />
        </div>
      )}
    </div>
  )
}
