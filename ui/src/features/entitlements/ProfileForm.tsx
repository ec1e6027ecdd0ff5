/** What an enterprise is: a short form by kind of field. Nothing must be filled in; what is missing is told afterwards. */
import { Button, Collapse, DatePicker, Input, InputNumber, Select } from 'antd'
import dayjs from 'dayjs'
import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { type Field, type Given, named, type Profile, shown, unitWords } from './entitlements'

/** What most policies ask comes first; the rest folds away. */
const FIRST = ['region', 'established', 'entity_type', 'size', 'industry', 'qualification', 'employees', 'revenue', 'rd_spending', 'rd_ratio']

type Props = { fields: Field[]; value: Profile; onChange: (profile: Profile) => void; onSubmit: () => void; busy: boolean; extra?: ReactNode }

export function ProfileForm({ fields, value, onChange, onSubmit, busy, extra }: Props) {
  const { t } = useTranslation('entitlements')
  const set = (id: string, given: Given | undefined) => {
    const facts = { ...value.facts }
    if (given === undefined || given === '') delete facts[id]
    else facts[id] = given
    onChange({ ...value, facts })
  }
  const first = FIRST.flatMap((id) => fields.find((field) => field.id === id) ?? [])
  const rest = fields.filter((field) => !FIRST.includes(field.id))
  const input = (field: Field) => <FieldInput key={field.id} field={field} value={value.facts[field.id]} onChange={(given) => set(field.id, given)} />
  return (
    <form
      className="profile-form"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      <div className="profile-grid">
        <Labelled label={t('profile.name')}>{(id) => <Input id={id} value={value.name} maxLength={100} onChange={(event) => onChange({ ...value, name: event.target.value })} data-testid="profile-name" />}</Labelled>
        <Labelled label={t('profile.code')}>
          {(id) => <Input id={id} value={value.credit_code ?? ''} maxLength={18} onChange={(event) => onChange({ ...value, credit_code: event.target.value.toUpperCase().trim() || undefined })} data-testid="profile-code" />}
        </Labelled>
        {first.map(input)}
      </div>
      <Collapse ghost items={[{ key: 'more', label: t('profile.more', { n: rest.length }), children: <div className="profile-grid">{rest.map(input)}</div> }]} />
      <div className="profile-foot">
        <Button type="primary" htmlType="submit" loading={busy} data-testid="match">{t('profile.match')}</Button>
        {extra}
      </div>
    </form>
  )
}

function Labelled({ label, hint, children }: { label: string; hint?: string; children: (id: string) => ReactNode }) {
  const id = useId()
  return (
    <div className="profile-field">
      <label htmlFor={id}>{label}{hint && <span className="muted"> {hint}</span>}</label>
      {children(id)}
    </div>
  )
}

function FieldInput({ field, value, onChange }: { field: Field; value: Given | undefined; onChange: (given: Given | undefined) => void }) {
  const { t } = useTranslation('entitlements')
  const options = field.options.map((option) => ({ value: option.id, label: named(option) }))
  const large = field.unit && typeof value === 'number' && value >= 10_000 ? ` = ${shown(field, value, t)}` : ''
  const hint = field.kind === 'region' ? t('profile.division') : field.unit ? `(${unitWords(field.unit, t)})${large}` : undefined
  return (
    <Labelled label={named(field)} hint={hint}>
      {(id) => {
        switch (field.kind) {
          case 'number':
            return <InputNumber id={id} style={{ width: '100%' }} stringMode={false} value={typeof value === 'number' ? value : null} onChange={(number) => onChange(typeof number === 'number' ? number : undefined)} data-testid={`fact-${field.id}`} />
          case 'flag':
            return <Select id={id} allowClear placeholder={t('profile.unknown')} value={typeof value === 'boolean' ? String(value) : undefined} onChange={(flag?: string) => onChange(flag === undefined ? undefined : flag === 'true')} options={[{ value: 'true', label: t('common:yes') }, { value: 'false', label: t('common:no') }]} />
          case 'one':
            return <Select id={id} allowClear showSearch optionFilterProp="label" placeholder={t('profile.unknown')} value={typeof value === 'string' ? value : undefined} onChange={(one?: string) => onChange(one)} options={options} />
          case 'many':
            return <Select id={id} mode="multiple" allowClear optionFilterProp="label" placeholder={t('profile.unknown')} value={Array.isArray(value) ? value : undefined} onChange={(list?: string[]) => onChange(list?.length ? list : undefined)} options={options} />
          case 'day':
            return <DatePicker id={id} style={{ width: '100%' }} value={typeof value === 'string' ? dayjs(value) : null} onChange={(day) => onChange(day ? day.format('YYYY-MM-DD') : undefined)} />
          default:
            return <Input id={id} inputMode="numeric" maxLength={6} placeholder="510104" value={typeof value === 'string' || typeof value === 'number' ? String(value) : ''} onChange={(event) => onChange(event.target.value.trim() || undefined)} data-testid={`fact-${field.id}`} />
        }
      }}
    </Labelled>
  )
}
