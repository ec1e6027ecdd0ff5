/** Whether the chain of entries is unbroken, checked again on request. */
import { SafetyCertificateOutlined, WarningOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { get, ROOT } from '~/api/client'
import type { ChainReport } from '~/api/types'
import { ErrorCard } from '~/components/ErrorCard'

export function ChainCard({ may, exports }: { may: boolean; exports?: boolean }) {
  const { t } = useTranslation('audit')
  const verify = useMutation({ mutationFn: () => get<ChainReport>('/audit/verify') })
  const report = verify.data
  return (
    <section className={`panel panel-pad chain ${report ? (report.ok ? 'ok' : 'broken') : ''}`} aria-live="polite" data-testid="chain" data-ok={report ? String(report.ok) : undefined}>
      <span className="chain-sign">{report && !report.ok ? <WarningOutlined /> : <SafetyCertificateOutlined />}</span>
      <div className="chain-text">
        <strong>{report ? t(report.ok ? 'chain.ok' : 'chain.broken', { n: report.first_bad ?? 0 }) : t('chain.title')}</strong>
        {report ? (
          <span>
            {t('chain.facts', { n: report.entries.toLocaleString() })}
            {(report.shortened ?? 0) > 0 && ` · ${t('chain.shortened', { n: report.shortened?.toLocaleString() })}`}
            {report.took_ms != null && ` · ${t('chain.took', { ms: report.took_ms })}`}
            <code className="chain-head" title={report.head}>{report.head}</code>
          </span>
        ) : (
          <span>{t('chain.text')}</span>
        )}
        {report && !report.ok && <span className="chain-next">{report.problem} {t('chain.next')}</span>}
        {verify.isError && <ErrorCard error={verify.error} />}
      </div>
      {exports && <Button href={`${ROOT}/audit/export`} download="audit.jsonl" data-testid="export-audit">{t('chain.export')}</Button>}
      {may && <Button onClick={() => verify.mutate()} loading={verify.isPending} data-testid="verify-chain">{t('chain.verify')}</Button>}
    </section>
  )
}
