/** The word library: found, added, changed, taken away, exported, imported; each change with its reason and in the history. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Form, Input, InputNumber, Modal, Select, Skeleton, Upload } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get, post, put, query, ROOT } from '~/api/client'
import type { GuardWord, GuardWords, WordChange } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { Pager } from '~/components/Pager'
import { dateTime } from '~/components/time'
import { useCursor } from '~/components/useCursor'
import { useSettled } from '~/components/useSettled'
import { ReasonDialog } from './ReasonDialog'

const CATEGORIES = ['A1a', 'A1b', 'A1c', 'A1d', 'A1e', 'A1f', 'A1g', 'A1h', 'A2a', 'A2b', 'A2c', 'A2d', 'A2e', 'A2f', 'A2g', 'A2h', 'A2i', 'A3a', 'A3b', 'A3c', 'A3d', 'A3e', 'A4a', 'A4b', 'A4c', 'A4d', 'A4e', 'A4f', 'A4g', 'A5a', 'A5b']
const ACTIONS = ['observe', 'review', 'block'] as const
type Fields = { term: string; category: string; action: string; weight: number; needs?: string; note?: string; reason: string }

/** Risky words are shown half covered until the officer asks to see them. */
const covered = (term: string) => term.slice(0, 1) + '＊'.repeat(Math.max(1, [...term].length - 1))

export function WordsPanel({ manages }: { manages: boolean }) {
  const { t } = useTranslation(['protect', 'security'])
  const { message } = App.useApp()
  const [words, setWords] = useState('')
  const [category, setCategory] = useState<string>()
  const [own, setOwn] = useState(false)
  const [open, setOpen] = useState(false)
  const [edited, setEdited] = useState<GuardWord | 'new' | null>(null)
  const [removed, setRemoved] = useState<GuardWord | null>(null)
  const [lines, setLines] = useState<string | null>(null)
  const settled = useSettled(words.trim())
  const { after, page, forward, back } = useCursor(`${settled}${category}${own}`)
  const queries = useQueryClient()
  const fresh = () => void queries.invalidateQueries({ queryKey: ['security', 'words'] })
  const list = useQuery({ queryKey: ['security', 'words', settled, category, own, after], queryFn: ({ signal }) => get<GuardWords>(`/security/words${query({ query: settled, category, own: own ? 'true' : undefined, after, limit: 50 })}`, signal) })
  const take = useMutation({ mutationFn: (reason: string) => post('/security/words/removal', { term: removed?.term, reason }), onSuccess: () => { setRemoved(null); fresh() } })
  const bring = useMutation({
    mutationFn: (reason: string) => post<{ changed: number }>('/security/words/import', { text: lines, reason }),
    onSuccess: ({ changed }) => { setLines(null); fresh(); void message.success(t('words.imported', { n: changed })) },
  })
  const show = (term: string) => (open ? term : covered(term))
  return (
    <div className="stack">
      <section className="panel panel-pad" aria-label={t('words.title')} data-testid="words">
        <header className="testbox-head">
          <h2>{t('words.count', { n: (list.data?.total ?? 0).toLocaleString() })}</h2>
          <span className="row-tools">
            <Checkbox checked={open} onChange={(event) => setOpen(event.target.checked)} data-testid="words-open">{t('words.open')}</Checkbox>
            <Button href={`${ROOT}/security/words/export`} download="words.txt">{t('words.export')}</Button>
            {manages && <Upload accept=".txt,.tsv" showUploadList={false} beforeUpload={(file) => { void file.text().then(setLines); return false }}><Button>{t('words.import')}</Button></Upload>}
            {manages && <Button type="primary" onClick={() => setEdited('new')} data-testid="word-new">{t('words.add')}</Button>}
          </span>
        </header>
        <div className="row-tools">
          <Input allowClear value={words} onChange={(event) => setWords(event.target.value)} placeholder={t('words.find')} aria-label={t('words.find')} data-testid="words-find" />
          <Select allowClear value={category} onChange={setCategory} placeholder={t('words.category')} aria-label={t('words.category')} options={CATEGORIES.map((value) => ({ value, label: `${value} ${t(`security:category.${value}`)}` }))} style={{ minWidth: 200 }} />
          <Checkbox checked={own} onChange={(event) => setOwn(event.target.checked)}>{t('words.own')}</Checkbox>
        </div>
        {list.isPending && <Skeleton active />}
        {list.isError && <ErrorCard error={list.error} onRetry={() => void list.refetch()} />}
        {list.data?.items.length === 0 && <p className="muted" role="status">{t('words.none')}</p>}
        <ul className="rows">
          {list.data?.items.map((word) => (
            <li key={word.term} data-testid="word">
              <span className={`badge ${word.action === 'block' ? 'red' : word.action === 'review' ? 'amber' : 'blue'}`}>{t(`security:action.${word.action}`)}</span>
              <div>
                <p><strong>{show(word.term)}</strong> {word.own && <span className="badge green">{t('words.ours')}</span>}</p>
                <p className="muted">{word.category} {t(`security:category.${word.category}`)} · {word.weight.toFixed(2)}{word.needs.length > 0 && ` · ${t('words.needs')} ${word.needs.map(show).join(' ')}`}{word.note && ` · ${word.note}`}</p>
              </div>
              {manages && <span><Button size="small" type="link" onClick={() => setEdited(word)}>{t('words.change')}</Button><Button size="small" type="link" danger onClick={() => setRemoved(word)}>{t('words.remove')}</Button></span>}
            </li>
          ))}
        </ul>
        <Pager page={page} next={list.data?.next} busy={list.isFetching} onForward={forward} onBack={back} />
      </section>
      <History show={show} />
      <WordDialog word={edited} onClose={() => setEdited(null)} onDone={() => { setEdited(null); fresh() }} />
      <ReasonDialog title={t('words.removeTitle')} danger open={removed !== null} busy={take.isPending} error={take.error} onCancel={() => setRemoved(null)} onDone={(reason) => take.mutate(reason)} />
      <ReasonDialog title={t('words.importTitle', { n: lines?.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')).length ?? 0 })} danger open={lines !== null} busy={bring.isPending} error={bring.error} onCancel={() => setLines(null)} onDone={(reason) => bring.mutate(reason)}><p className="muted">{t('words.importNote')}</p></ReasonDialog>
    </div>
  )
}

function History({ show }: { show: (term: string) => string }) {
  const { t } = useTranslation(['protect', 'security'])
  const list = useQuery({ queryKey: ['security', 'words', 'history'], queryFn: ({ signal }) => get<{ items: WordChange[] }>('/security/words/history', signal) })
  if (!list.data || list.data.items.length === 0) return null
  const what = (one: WordChange) => t(one.after === null ? 'words.was.removed' : one.before === null ? 'words.was.added' : 'words.was.changed')
  return (
    <section className="panel panel-pad" aria-label={t('words.history')} data-testid="word-history">
      <header className="testbox-head"><h2>{t('words.history')}</h2></header>
      <ul className="lines">{list.data.items.map((one, at) => <li key={at}>{dateTime(one.at)} · {one.by} · {what(one)} <strong>{show(one.term)}</strong> · {one.reason}</li>)}</ul>
    </section>
  )
}

function WordDialog({ word, onClose, onDone }: { word: GuardWord | 'new' | null; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation(['protect', 'security'])
  const [form] = Form.useForm<Fields>()
  const keep = useMutation({
    mutationFn: ({ needs, ...fields }: Fields) => put<GuardWord>('/security/words', { ...fields, note: fields.note ?? '', needs: (needs ?? '').split(/[\s,，|]+/).filter(Boolean) }),
    onSuccess: onDone,
  })
  const old = word === null || word === 'new' ? null : word
  const required = [{ required: true, whitespace: true, message: t('common:required') }]
  return (
    <Modal title={t(old ? 'words.changeTitle' : 'words.add')} open={word !== null} onCancel={() => { keep.reset(); onClose() }} okText={t('do')} cancelText={t('common:cancel')} confirmLoading={keep.isPending} onOk={() => form.submit()} okButtonProps={{ 'data-testid': 'word-save' }} destroyOnHidden>
      <Form form={form} layout="vertical" preserve={false} key={old?.term ?? 'new'} onFinish={(fields) => keep.mutate(fields)} initialValues={old ? { ...old, needs: old.needs.join(' ') } : { action: 'review', weight: 0.8 }}>
        <Form.Item name="term" label={t('words.term')} rules={required}><Input disabled={old !== null} maxLength={64} data-testid="word-term" /></Form.Item>
        <Form.Item name="category" label={t('words.category')} rules={[{ required: true, message: t('common:required') }]}><Select showSearch={{ optionFilterProp: 'label' }} data-testid="word-category" options={CATEGORIES.map((value) => ({ value, label: `${value} ${t(`security:category.${value}`)}` }))} /></Form.Item>
        <Form.Item name="action" label={t('words.action')}><Select options={ACTIONS.map((value) => ({ value, label: t(`security:action.${value}`) }))} /></Form.Item>
        <Form.Item name="weight" label={t('words.weight')}><InputNumber min={0} max={1} step={0.05} style={{ width: '100%' }} /></Form.Item>
        <Form.Item name="needs" label={t('words.needs')}><Input placeholder={t('words.needsHint')} /></Form.Item>
        <Form.Item name="note" label={t('words.note')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="reason" label={t('reason')} rules={required}><Input.TextArea rows={2} maxLength={500} data-testid="word-reason" /></Form.Item>
      </Form>
      {keep.isError && <ErrorCard error={keep.error} />}
    </Modal>
  )
}
