/** Trying the retrieval: what a question finds, with which score, and what the filters took away. */
import { useMutation } from '@tanstack/react-query'
import { Button, DatePicker, Empty, Form, Input, InputNumber } from 'antd'
import type { Dayjs } from 'dayjs'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { post } from '~/api/client'
import type { Found, Hit } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'
import { ValidityBadge } from '~/components/ValidityBadge'

type Fields = { query: string; top: number; as_of?: Dayjs | null }

export function SearchTest({ collection }: { collection: string }) {
  const { t } = useTranslation('knowledge')
  const search = useMutation({
    mutationFn: (fields: Fields) => post<Found>('/search', { collection, query: fields.query.trim(), top: fields.top, ...(fields.as_of ? { as_of: fields.as_of.format('YYYY-MM-DD') } : {}) }),
  })
  const best = Math.max(...(search.data?.hits.map((hit) => hit.score) ?? [1]), 1e-9)
  return (
    <div className="panel panel-pad">
      <Form<Fields> layout="inline" initialValues={{ top: 10 }} onFinish={(fields) => search.mutate(fields)} className="search-form">
        <Form.Item name="query" rules={[{ required: true, whitespace: true, message: t('common:required') }]} className="search-query">
          <Input allowClear placeholder={t('try.placeholder')} aria-label={t('try.placeholder')} data-testid="search-query" />
        </Form.Item>
        <Form.Item name="as_of" label={t('try.asOf')}><DatePicker placeholder={t('try.today')} /></Form.Item>
        <Form.Item name="top" label={t('try.top')}><InputNumber min={1} max={50} style={{ width: 72 }} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={search.isPending} data-testid="search-submit">{t('common:search')}</Button>
      </Form>
      {search.isError && <ErrorCard error={search.error} />}
      {search.data && (
        <>
          <p className="search-facts">
            {t('try.found', { n: search.data.hits.length, ms: Number(search.data.took_ms.toFixed(1)) })}
            {(search.data.filtered ?? []).map((filter) => (
              <span key={filter.reason} className="badge amber">{t('try.filtered', { reason: t(`filter.${filter.reason}`, { defaultValue: filter.reason }), n: filter.count })}</span>
            ))}
          </p>
          {search.data.hits.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('try.nothing')} />}
          <ol className="hits">{search.data.hits.map((hit, index) => <HitLine key={hit.article_id} hit={hit} rank={index + 1} best={best} />)}</ol>
        </>
      )}
    </div>
  )
}

function HitLine({ hit, rank, best }: { hit: Hit; rank: number; best: number }) {
  const { t } = useTranslation('knowledge')
  const parts = Object.entries(hit.parts ?? {}).filter(([, value]) => typeof value === 'number' && value !== 0)
  return (
    <li className="hit" data-testid="hit">
      <span className="hit-rank">{rank}</span>
      <div className="hit-body">
        <div className="hit-head">
          <Link to={`/documents/${hit.document_id}?article=${encodeURIComponent(hit.article_id)}`}>{hit.document} {hit.label}</Link>
          <ValidityBadge validity={hit.validity} />
          {hit.path.length > 0 && <span className="muted">{hit.path.join(' › ')}</span>}
        </div>
        <p className="hit-text">{hit.text}</p>
        <div className="hit-score">
          <span className="hit-bar"><span style={{ width: `${(hit.score / best) * 100}%` }} /></span>
          <strong>{hit.score.toFixed(3)}</strong>
          {parts.map(([name, value]) => <span key={name} className="muted">{t(`part.${name}`, { defaultValue: name })} {value.toFixed(3)}</span>)}
        </div>
      </div>
    </li>
  )
}
