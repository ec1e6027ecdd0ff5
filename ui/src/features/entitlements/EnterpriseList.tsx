/** Kept enterprises: a table comes in, what is wrong with it is told by row and column; one is matched with a click. */
import { UploadOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input, Table } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { upload } from '~/api/client'
import { ErrorCard } from '~/components/ErrorCard'
import { useSettled } from '~/components/useSettled'
import { type Enterprise, type Imported, unitWords, useEnterprises } from './entitlements'

export function EnterpriseList({ onMatch }: { onMatch: (enterprise: Enterprise) => void }) {
  const { t } = useTranslation('entitlements')
  const client = useQueryClient()
  const [words, setWords] = useState('')
  const rows = useEnterprises(useSettled(words, 300))
  const file = useRef<HTMLInputElement>(null)
  const imported = useMutation({
    mutationFn: (chosen: File) => upload<Imported>('/enterprises/import', chosen, () => undefined),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['enterprises'] }),
  })
  return (
    <>
      <div className="tab-tools">
        <Input.Search allowClear placeholder={t('enterprises.search')} style={{ maxWidth: 320 }} value={words} onChange={(event) => setWords(event.target.value)} />
        <input ref={file} type="file" hidden accept=".csv,.xlsx,.xls" onChange={(event) => {
          const chosen = event.target.files?.[0]
          if (chosen) imported.mutate(chosen)
          event.target.value = ''
        }} data-testid="enterprise-file" />
        <Button icon={<UploadOutlined />} loading={imported.isPending} onClick={() => file.current?.click()}>{t('enterprises.import')}</Button>
      </div>
      {imported.isError && <ErrorCard error={imported.error} />}
      {imported.data && <ImportReport report={imported.data} />}
      {rows.isError && <ErrorCard error={rows.error} onRetry={() => void rows.refetch()} />}
      <Table
        rowKey="id"
        size="middle"
        loading={rows.isPending}
        dataSource={rows.data}
        locale={{ emptyText: t('enterprises.empty') }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        scroll={{ x: 560 }}
        columns={[
          { title: t('profile.name'), dataIndex: 'name' },
          { title: t('profile.code'), render: (_, row: Enterprise) => <span className="mono">{row.credit_code ?? '—'}</span> },
          { title: t('enterprises.facts'), render: (_, row: Enterprise) => Object.keys(row.profile.facts).length },
          { title: '', align: 'right', render: (_, row: Enterprise) => <Button size="small" onClick={() => onMatch(row)} data-testid="match-enterprise">{t('profile.match')}</Button> },
        ]}
      />
    </>
  )
}

function ImportReport({ report }: { report: Imported }) {
  const { t } = useTranslation('entitlements')
  const names = Object.keys(report.same_names)
  const left = new Set(report.problems.flatMap((one) => (one.fatal && one.row !== null ? [one.row] : []))).size
  // The table's reader names a number in English; every other wanted form is told in the table's own words.
  const wanted = (form: string) => form.replace(/^number \((.*)\)$/, (_, unit: string) => (unit ? t('problem.numberOf', { unit: unitWords(unit, t) }) : t('problem.number')))
  return (
    <Alert
      style={{ marginBottom: 12 }}
      type={report.problems.some((one) => one.fatal) ? 'warning' : 'success'}
      title={t('enterprises.done', { added: report.added, changed: report.changed }) + (left > 0 ? t('enterprises.left', { n: left }) : '')}
      data-testid="import-report"
      description={
        <ul className="notes">
          {report.problems.map((one, at) => (
            <li key={at}>
              {one.row !== null && <b>{t('enterprises.row', { n: one.row })} </b>}
              {one.column && <span>{one.column} </span>}
              {t(`problem.${one.code}`, { value: one.value, wanted: one.code === 'bad_credit_code' ? t(`problem.${one.wanted}`) : wanted(one.wanted) })}
            </li>
          ))}
          {names.length > 0 && <li>{t('enterprises.same', { names: names.join(t('comma')) })}</li>}
        </ul>
      }
    />
  )
}
