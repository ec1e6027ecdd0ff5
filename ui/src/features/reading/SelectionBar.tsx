/** Over a selected sentence: copy a link that opens the document at these very words. */
import { LinkOutlined } from '@ant-design/icons'
import { type RefObject, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useKeys } from '~/components/useKeys'
import { useCopy } from './ArticleSide'

type Props = { box: RefObject<HTMLElement | null>; link: (article: string, text: string) => string }
type Chosen = { article: string; text: string; x: number; y: number }

/** The longest quotation that still makes a link people can send. */
const MAX = 120

export function SelectionBar({ box, link }: Props) {
  const { t } = useTranslation('reading')
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const copy = useCopy()
  useEffect(() => {
    const look = () => {
      const selection = window.getSelection()
      const text = selection?.toString().trim() ?? ''
      const node = selection?.anchorNode
      const article = node && box.current?.contains(node) ? (node instanceof Element ? node : node.parentElement)?.closest<HTMLElement>('[data-article]') : null
      if (!article || text.length < 4 || !selection?.rangeCount) return setChosen(null)
      const place = selection.getRangeAt(0).getBoundingClientRect()
      // A selection over several paragraphs is marked by its first one.
      setChosen({ article: article.dataset.article ?? '', text: (text.split('\n')[0] ?? '').slice(0, MAX), x: Math.min(Math.max(place.left, 8), window.innerWidth - 190), y: Math.max(place.top - 40, 8) })
    }
    const hide = () => setChosen(null)
    document.addEventListener('selectionchange', look)
    window.addEventListener('scroll', hide, true)
    return () => {
      document.removeEventListener('selectionchange', look)
      window.removeEventListener('scroll', hide, true)
    }
  }, [box])
  const send = () => chosen && copy(link(chosen.article, chosen.text))
  useKeys({ l: () => void send() }, chosen !== null)
  if (!chosen) return null
  return (
    <button type="button" className="selection-bar" style={{ left: chosen.x, top: chosen.y }} onMouseDown={(event) => event.preventDefault()} onClick={() => void send()} data-testid="copy-sentence">
      <LinkOutlined /> {t('copy.sentence')} <kbd>l</kbd>
    </button>
  )
}
