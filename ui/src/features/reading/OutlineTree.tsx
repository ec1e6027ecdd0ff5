/** The tree of parts, chapters, sections and articles; on narrow screens it opens over the text. */
import { UnorderedListOutlined } from '@ant-design/icons'
import { Button, Drawer, Tree } from 'antd'
import { type ComponentRef, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ArticleRow } from '~/api/types'
import { outline } from '~/features/knowledge/knowledge'
import type { Place } from './find'

type Props = { articles: ArticleRow[]; places: Place[] | null; current: string | null; onOpen: (id: string) => void; wide: boolean }

export function OutlineTree({ articles, places, current, onOpen, wide }: Props) {
  const { t } = useTranslation('reading')
  const [opened, setOpened] = useState(false)
  const trunk = useRef<ComponentRef<typeof Tree>>(null)
  const found = useMemo(() => places && new Set(places.map((one) => one.article)), [places])
  const tree = useMemo(() => outline(found ? articles.filter((one) => found.has(one.id)) : articles), [articles, found])
  useEffect(() => {
    if (current) trunk.current?.scrollTo({ key: current, align: 'auto' })
  }, [current])
  const drawn = (
    <Tree
      key={found ? 'found' : 'all'}
      ref={trunk}
      treeData={tree}
      height={wide ? Math.max(320, window.innerHeight - 150) : undefined}
      blockNode
      defaultExpandAll={articles.length < 200 || found !== null}
      defaultExpandedKeys={current ? [current] : []}
      autoExpandParent
      selectedKeys={current ? [current] : []}
      onSelect={(_, { node }) => {
        onOpen(node.children ? (node.key.split('#').at(-1) ?? node.key) : node.key)
        setOpened(false)
      }}
    />
  )
  if (wide) return drawn
  return (
    <>
      <Button size="small" icon={<UnorderedListOutlined />} onClick={() => setOpened(true)} data-testid="outline-open">{t('reader.outline')}</Button>
      <Drawer placement="left" size={300} open={opened} onClose={() => setOpened(false)} title={t('reader.outline')}>{drawn}</Drawer>
    </>
  )
}
