/** Policies for an enterprise: what is met, what is missing, and which clause says so. */
import { CheckCircleFilled, CloseCircleFilled, QuestionCircleFilled } from '@ant-design/icons'
import { Empty, Segmented } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Condition, type Field, type Mark, type Matches, type MatchItem, money, named, shown, type Standing, supplyOf } from './entitlements'

const SIGNS: Record<Standing, React.ReactNode> = {
  satisfied: <CheckCircleFilled style={{ color: 'var(--green)' }} />,
  missing: <QuestionCircleFilled style={{ color: 'var(--amber)' }} />,
  unsatisfied: <CloseCircleFilled style={{ color: 'var(--red)' }} />,
}
const COLOURS: Record<Standing, string> = { satisfied: 'green', missing: 'amber', unsatisfied: '' }

export function MatchResults({ matches, fields }: { matches: Matches; fields: Field[] }) {
  const { t } = useTranslation('entitlements')
  const [shownStanding, setShown] = useState<Standing>(matches.satisfied > 0 ? 'satisfied' : 'missing')
  const items = matches.items.filter((item) => item.standing === shownStanding)
  return (
    <section aria-label={t('results.title')} data-testid="matches">
      <Segmented
        block
        value={shownStanding}
        onChange={(value) => setShown(value as Standing)}
        options={(['satisfied', 'missing', 'unsatisfied'] as const).map((standing) => ({ value: standing, label: `${t(`standing.${standing}`)} ${matches[standing]}` }))}
      />
      {items.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('results.none')} />}
      <ul className="match-list">
        {items.map((item) => <MatchCard key={item.record.id} item={item} fields={fields} />)}
      </ul>
      <p className="muted">{t('results.day', { day: matches.day })}</p>
    </section>
  )
}

function MatchCard({ item, fields }: { item: MatchItem; fields: Field[] }) {
  const { t } = useTranslation('entitlements')
  const units = { wan: t('wan'), yuan: t('yuan') }
  const { amount, at_most: atMost, needs } = item.worth
  const instant = item.instant_bars.length === 0
  return (
    <li className="panel match-card" data-testid={`match-${item.standing}`}>
      <div className="match-head">
        <div>
          <h3>{item.record.title}</h3>
          <p className="muted">{item.record.document}{item.record.doc_number ? ` · ${item.record.doc_number}` : ''}</p>
        </div>
        <div className="match-worth">
          {amount !== null && <strong>{money(amount, units)}</strong>}
          {amount === null && atMost !== null && <strong>{t('worth.atMost', { amount: money(atMost, units) })}</strong>}
          {amount === null && atMost === null && <span className="muted">{t('worth.unknown')}</span>}
          <span className="muted">{t(`benefit.${item.record.benefit.kind}`)}</span>
        </div>
      </div>
      <div className="match-tags">
        <span className={`badge ${COLOURS[item.standing]}`}>{t(`standing.${item.standing}`)}</span>
        <span className="badge">{openingWords(item, t)}</span>
        {instant && <span className="badge green">{t('instant')}</span>}
        {item.standing !== 'satisfied' && <span className="badge">{t('closeness', { percent: Math.round(item.closeness / 10) })}</span>}
        {needs && <span className="badge amber">{t('worth.needs', { field: named(fields.find((field) => field.id === needs)) })}</span>}
      </div>
      {item.not_together.length > 0 && <p className="match-apart">{t('apart', { titles: item.not_together.join(t('comma')) })}</p>}
      <details open={item.standing !== 'unsatisfied'}>
        <summary>{t('conditions.title', { n: item.marks.length })}</summary>
        {item.marks.length === 0 && <p>{t('conditions.none')}</p>}
        <ul className="marks">
          {item.marks.map((mark) => <MarkLine key={mark.condition} mark={mark} condition={item.record.conditions[mark.condition]} fields={fields} />)}
        </ul>
        <p className="match-benefit"><b>{t('benefit.title')}</b> {item.record.benefit.evidence.quote}</p>
        {item.standing === 'satisfied' && !instant && <p className="muted">{t('instantNot')} {item.instant_bars.map((bar) => t(`bar.${bar}`)).join(t('comma'))}</p>}
        {(item.record.materials.length > 0 || item.record.department) && (
          <p className="match-next"><b>{t('next')}</b> {[item.record.department, item.record.materials.join(t('comma'))].filter(Boolean).join(t('semicolon'))}</p>
        )}
      </details>
    </li>
  )
}

function MarkLine({ mark, condition, fields }: { mark: Mark; condition: Condition | undefined; fields: Field[] }) {
  const { t } = useTranslation('entitlements')
  if (!condition) return null
  const field = fields.find((one) => one.id === condition.field)
  return (
    <li className="mark" data-testid={`mark-${mark.standing}`}>
      <span title={t(`standing.${mark.standing}`)} aria-label={t(`standing.${mark.standing}`)}>{SIGNS[mark.standing]}</span>
      <div>
        <span>{conditionWords(condition, field, t)}</span>
        {mark.actual !== null && <span className="muted"> · {t('actual', { value: shown(field, mark.actual, t) })}</span>}
        {mark.standing === 'missing' && field && <span className="mark-supply"> · {t('supply', { what: supplyOf(field) })}</span>}
        <blockquote>{condition.evidence.label && <b>{condition.evidence.label}</b>} {condition.evidence.quote}</blockquote>
      </div>
    </li>
  )
}

export function conditionWords(condition: Condition, field: Field | undefined, t: (key: string) => string): string {
  if (!field || !condition.operator) return t('person')
  if (field.kind === 'flag') return `${named(field)}${t('colon')}${shown(field, condition.value, t)}`
  const ago = field.kind === 'day' && typeof condition.value === 'number'
  return `${named(field)} ${t(`operator.${ago ? `day_${condition.operator}` : condition.operator}`)} ${shown(field, condition.value, t)}`
}

function openingWords(item: MatchItem, t: (key: string, values?: Record<string, unknown>) => string): string {
  const opening = item.opening
  if (opening.state === 'open') return opening.days_left === null ? t('opening.open') : t('opening.left', { until: item.record.window.until, days: opening.days_left })
  if (opening.state === 'not_yet') return t('opening.not_yet', { days: opening.days })
  return t(`opening.${opening.state}`)
}
