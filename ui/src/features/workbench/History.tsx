/** The user's conversations by date, with search and delete. */
import { DeleteOutlined, PlusOutlined, SearchOutlined } from '@ant-design/icons'
import { Conversations } from '@ant-design/x'
import { Button, Input } from 'antd'
import dayjs from 'dayjs'
import { type MouseEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ErrorCard } from '~/components/ErrorCard'
import { useSettled } from '~/components/useSettled'
import { useConversationList, useRemoveConversation } from './conversations'

export function dayGroup(at: string, now = dayjs()): 'today' | 'yesterday' | 'week' | 'earlier' {
  const days = now.startOf('day').diff(dayjs(at).startOf('day'), 'day')
  if (days <= 0) return 'today'
  if (days === 1) return 'yesterday'
  return days < 7 ? 'week' : 'earlier'
}

/** A link, so that the keyboard and a new tab work; a plain click is the list's own. */
function HistoryLink({ id, title }: { id: string; title: string }) {
  const click = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) event.stopPropagation()
    else event.preventDefault()
  }
  return (
    <Link to={`/workbench/${id}`} title={title} className="history-link" onClick={click}>
      {title}
    </Link>
  )
}

type Props = { active?: string; onOpen: (id: string) => void; onNew: () => void }

export function History({ active, onOpen, onNew }: Props) {
  const { t } = useTranslation('workbench')
  const [typed, setTyped] = useState('')
  const q = useSettled(typed.trim())
  const list = useConversationList(q)
  const take = useRemoveConversation()
  const items = useMemo(
    () =>
      (list.data?.pages ?? [])
        .flatMap((page) => page.items)
        .map((row) => ({ key: row.id, label: <HistoryLink id={row.id} title={row.title || t('turn.notKept')} />, group: dayGroup(row.updated_at) })),
    [list.data, t],
  )
  return (
    <div className="history">
      <Button type="primary" icon={<PlusOutlined />} block onClick={onNew} data-testid="new-conversation">
        {t('history.new')}
      </Button>
      <Input
        className="history-search"
        allowClear
        prefix={<SearchOutlined />}
        placeholder={t('history.search')}
        aria-label={t('history.search')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="history-list">
        {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && items.length === 0 && <p className="history-empty">{t(q ? 'history.nothing' : 'history.empty')}</p>}
        <Conversations
          items={items}
          activeKey={active}
          onActiveChange={(key) => onOpen(String(key))}
          groupable={{ label: (group) => t(`history.${group}`) }}
          menu={(row) => ({
            items: [{ key: 'delete', icon: <DeleteOutlined />, label: t('common:delete'), danger: true }],
            onClick: ({ domEvent }) => {
              domEvent.stopPropagation()
              void take(row.key)
              if (row.key === active) onNew()
            },
          })}
        />
        {list.hasNextPage && (
          <Button type="link" block loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common:more')}
          </Button>
        )}
      </div>
    </div>
  )
}
