/** Policies, enterprises, matches and calculators: what the server sends, how it is asked, and words for values. */
import { useQuery } from '@tanstack/react-query'
import { get, post, put, query } from '~/api/client'
import { language } from '~/i18n'

export type Given = boolean | number | string | string[]
export type Option = { id: string; title: string; title_en: string }
export type FieldKind = 'number' | 'flag' | 'one' | 'many' | 'region' | 'day'
export type Field = Option & { kind: FieldKind; unit: string; shared: boolean; adverse: boolean; supply: string; supply_en: string; options: Option[] }
export type Fields = { fields: Field[]; themes: Option[]; scenario: string }
export type Clause = { article_id?: string; label: string; quote: string }
export type Operator = 'eq' | 'lt' | 'le' | 'gt' | 'ge' | 'in' | 'not_in' | 'within'
export type ConditionState = 'proposed' | 'confirmed' | 'rejected'
export type Condition = { group: number; field?: string; operator?: Operator; value?: Given; evidence: Clause; state: ConditionState }
export type Benefit = { kind: string; amount?: number; rate?: number; base?: string; cap?: number; evidence: Clause }
export type PolicyRecord = {
  id: string
  title: string
  document: string
  issuer: string
  doc_number?: string
  region?: string
  theme: string
  conditions: Condition[]
  benefit: Benefit
  window: { from?: string; until?: string; evidence?: Clause }
  cumulation: { only_highest: boolean; never_with: string[]; evidence?: Clause }
  materials: string[]
  department: string
}
export type PolicyState = 'draft' | 'published' | 'withdrawn'
export type Policy = { id: string; version: number; state: PolicyState; updated_at: string; undecided: number; policy: PolicyRecord }
export type PolicyFull = Policy & { versions: { version: number; state: PolicyState; changed_at: string; changed_by: string }[] }
export type Note = { code: string; policy: number | null; label: string; quote: string }
export type Decomposed = { policies: Policy[]; notes: Note[] }
export type Standing = 'satisfied' | 'missing' | 'unsatisfied'
export type Mark = { condition: number; group: number; standing: Standing; actual: Given | null; supply: string | null }
export type Opening = { state: 'open'; days_left: number | null } | { state: 'not_yet'; days: number } | { state: 'closed' } | { state: 'unstated' }
export type MatchItem = {
  record: PolicyRecord
  standing: Standing
  closeness: number
  marks: Mark[]
  worth: { amount: number | null; at_most: number | null; needs: string | null }
  opening: Opening
  instant_bars: string[]
  not_together: string[]
}
export type Matches = { day: string; satisfied: number; missing: number; unsatisfied: number; items: MatchItem[] }
export type Profile = { id?: string; name: string; credit_code?: string; facts: Record<string, Given> }
export type Enterprise = { id: string; name: string; credit_code: string | null; profile: Profile; updated_at: string; same_name: string[] }
export type TableProblem = { code: string; row: number | null; column: string | null; value: string; wanted: string; fatal: boolean }
export type Imported = { added: number; changed: number; problems: TableProblem[]; same_names: Record<string, string[]> }
export type Batch = { job_id: string; state: string; progress: number; created_at: string; finished_at: string | null; enterprises: number | null; policies: number | null; satisfied: number | null; with_any: number | null; error: string | null }
type Named = { id: string; name: string }
export type Impact = { enterprises: number; gain: Named[]; lose: Named[]; must_supply: Named[]; more: Named[]; less: Named[] }
export type Clash = { kind: string; ids: string[]; titles: string[]; field: string | null; evidence: Clause[] }

export type CalculatorInput = Option & { unit: string; min?: string; max?: string; whole: boolean; default?: string; choices: Option[] }
export type Calculator = Option & { inputs: CalculatorInput[] }
export type Calculators = { cities: (Option & { sample: boolean })[]; calculators: Calculator[] }
export type Sourced = { id: string; document: string; label: string; quote: string; sample: boolean }
export type Figure = Option & { value: string; unit: string; result: boolean; words: string; words_en: string; formula: string; filled: string; sources: Sourced[] }
export type Calculation = { calculator: string; city: string; city_title: string; sample: boolean; unmet: { says: string; says_en: string; source: Sourced | null }[]; figures: Figure[] }

export const useFields = () => useQuery({ queryKey: ['enterprise-fields'], queryFn: ({ signal }) => get<Fields>('/enterprise_fields', signal), staleTime: 600_000 })
export const usePolicies = () => useQuery({ queryKey: ['enterprise-policies'], queryFn: ({ signal }) => get<{ items: Policy[] }>('/enterprise_policies', signal), select: (page) => page.items })
export const useClashes = () => useQuery({ queryKey: ['policy-clashes'], queryFn: ({ signal }) => get<{ items: Clash[] }>('/enterprise_policies/clashes', signal), select: (page) => page.items })
export const useEnterprises = (q: string) =>
  useQuery({ queryKey: ['enterprises', q], queryFn: ({ signal }) => get<{ items: Enterprise[]; next: string | null }>(`/enterprises${query({ q, limit: 100 })}`, signal), select: (page) => page.items })
export const useCalculators = (scenario: string) =>
  useQuery({ queryKey: ['calculators', scenario], queryFn: ({ signal }) => get<Calculators>(`/calculations/${scenario}`, signal), staleTime: 600_000 })

export const matchProfile = (profile: Profile) => post<Matches>('/enterprise_policies/matches', { profile })
export const changePolicy = (kept: Policy, policy: PolicyRecord, state: PolicyState) => put<Policy>(`/enterprise_policies/${kept.id}`, { version: kept.version, state, policy })
export const impactOf = (policy: PolicyRecord) => post<Impact>(`/enterprise_policies/${policy.id}/impact`, { policy })

/** The name in the chosen language. */
export const named = (one: Option | undefined) => (one ? (language() === 'en' ? one.title_en : one.title) : '')
export const supplyOf = (field: Field) => (language() === 'en' ? field.supply_en : field.supply)

/** Yuan as people write it: whole ten thousands in 万. */
export function money(yuan: number, unit: { wan: string; yuan: string }): string {
  const wan = yuan / 10_000
  const figure = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 2 })
  return yuan !== 0 && Math.abs(yuan) >= 10_000 && Number.isInteger(wan * 100) ? `${figure(wan)} ${unit.wan}` : `${figure(yuan)} ${unit.yuan}`
}

/** The keys of units' words: data names them in the domain's own characters. */
const UNITS: [RegExp, string][] = [[/^元$/, 'yuan'], [/^%$/, 'percent'], [/^人$/, 'people'], [/^件$/, 'pieces'], [/^年$/, 'years'], [/^个月$/, 'months'], [/^期$/, 'payments']]

export const unitWords = (unit: string, t: (key: string) => string) => {
  const found = UNITS.find(([pattern]) => pattern.test(unit))
  return found ? t(`unit.${found[1]}`) : unit
}

/** A value of a field in words. */
export function shown(field: Field | undefined, value: Given | null | undefined, t: (key: string) => string): string {
  if (value === null || value === undefined) return '—'
  if (typeof value === 'boolean') return t(value ? 'common:yes' : 'common:no')
  const option = (id: string) => named(field?.options.find((one) => one.id === id)) || id
  if (field?.kind === 'region') return String(value)
  if (Array.isArray(value)) return value.map(option).join(t('entitlements:comma')) || t('common:none')
  if (typeof value === 'number') {
    if (field?.kind === 'day') return `${value} ${t('entitlements:years')}`
    if (/^元$/.test(field?.unit ?? '')) return money(value, { wan: t('entitlements:wan'), yuan: t('entitlements:yuan') })
    return field?.unit === '%' ? `${value} %` : `${value.toLocaleString('en-US')}${field?.unit ? ` ${unitWords(field.unit, t)}` : ''}`
  }
  return option(value)
}
