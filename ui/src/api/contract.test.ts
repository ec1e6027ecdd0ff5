/** Every field a page relies on stands in the server's own description, `api/openapi.json`. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const described = process.env.SHUZHENG_OPENAPI ?? here('../../../api/openapi.json')

const SCHEMAS: Record<string, string> = {
  Account: 'AccountView', Article: 'ArticleView', ArticleRow: 'ArticleItemView', AuditEntry: 'EntryView', ChainReport: 'ChainView', Check: 'CheckView', Citation: 'CitationView', Claim: 'ClaimView',
  Collection: 'CollectionView', Conversation: 'ConversationRunsView', ConversationRow: 'ConversationView', Defect: 'DefectView', DocumentFull: 'DocumentView', DocumentRow: 'DocumentRowView',
  Found: 'FoundView', Hit: 'HitView', Job: 'JobView', Label: 'LabelView', Review: 'ReviewView', ReviewDraft: 'DraftView', Correction: 'CorrectionView', CorrectedArticle: 'CorrectedArticleView', CorrectionDraft: 'CorrectionBody', Complaint: 'ComplaintView', Scored: 'ScoredView', Switch: 'SwitchView', Hand: 'HandView', ReviewerProfile: 'ReviewerView', BatchLine: 'BatchLineView', RefusalEntry: 'RefusalEntryView', RefusalVersion: 'RefusalVersionView', RefusalWords: 'RefusalWordsView', ReviewRow: 'ReviewRowView', Role: 'RoleView', Run: 'RunView', Scenario: 'ScenarioView', Session: 'SessionView',
  Deidentified: 'DeidentifiedView', Difference: 'DifferenceView', DiffItem: 'DifferenceItemView', DiffVersion: 'DifferenceVersionView', Filtered: 'FilteredView', Freshness: 'FreshnessView', Gap: 'GapView', Mention: 'ReferenceView', Conflict: 'ConflictView', Notice: 'NoticeView', PageText: 'PageTextView',
  PageTexts: 'PagesView', Risked: 'RiskView', Screened: 'ScreenedView', Timeline: 'TimelineView', TimelineItem: 'TimelineItemView', Verified: 'VerifiedView',
  HotlineCall: 'CallView', HotlineCallRow: 'CallRowView', HotlineCaller: 'CallerView', HotlineDraft: 'DraftedView', HotlineHot: 'HotView', HotlineImported: 'ImportedView', HotlineIssue: 'HotIssueView', HotlineOrder: 'OrderView', HotlineOrderFull: 'OrderFullView',
  HotlineOrders: 'OrdersView', HotlineSettings: 'HotlineSettingsView', HotlineSimilar: 'SimilarView', HotlineStep: 'PastMoveView',
  Clause: 'ClauseView', Mistake: 'MistakeView', Fence: 'FenceView', FenceChange: 'FenceChangeView', FenceCheck: 'FenceCheckView', FenceVersion: 'FenceVersionView', Fact: 'FactView', FenceAnswer: 'FenceAnswerView', FencePerson: 'FencePersonView', FenceImpact: 'FenceImpactView', LevelChanged: 'LevelChangedView',
  StageTile: 'StageView', SecurityOverview: 'SecurityOverviewView', SecurityEvent: 'SecurityEventView', GuardRule: 'GuardRuleView', GuardWord: 'GuardWordView', GuardWords: 'GuardWordsView', WordChange: 'WordChangeView', Suspension: 'SuspensionView', Incident: 'IncidentView', IncidentStep: 'IncidentStepView', OutsidePlace: 'PlaceView', PlaceRequest: 'PlaceRequestView', Challenge: 'ChallengeView',
  GatewayKey: 'KeyView', ModelCard: 'ModelView', ModelFamily: 'FamilyView', ModelImpact: 'ImpactView', ModelQuota: 'QuotaView', ModelRegistry: 'ModelsView', ModelRoute: 'RouteView', QueueLine: 'QueueLineView', UsageLine: 'UsageView',
  Step: 'StepView', SystemStatus: 'SystemView', Upload: 'AcceptedView', User: 'UserView', Validity: 'ValidityView',
}

/** The required fields of a type in types.ts: names at the first level of its braces, without a question mark. */
function requiredFields(text: string, name: string): string[] {
  const source = text.replace(/\/\*[^]*?\*\//g, '')
  const start = source.indexOf(`export type ${name} = `)
  if (start < 0) throw new Error(`no type ${name}`)
  const fields: string[] = []
  let depth = 0
  for (let at = source.indexOf('{', start); at < source.length; at++) {
    const sign = source[at]
    if (sign === '{' || sign === '[' || sign === '<') depth += 1
    else if (sign === '}' || sign === ']' || sign === '>') depth -= 1
    if (depth === 0) return fields
    const found = depth === 1 && /[\s{;]/.test(source[at - 1]) ? /^(\w+):/.exec(source.slice(at, at + 60)) : null
    if (found) fields.push(found[1])
  }
  return fields
}

type Schema = { properties?: Record<string, unknown>; allOf?: Schema[]; $ref?: string }

function properties(schema: Schema | undefined, all: Record<string, Schema>): string[] {
  if (!schema) return []
  const referred = schema.$ref ? properties(all[schema.$ref.split('/').at(-1) ?? ''], all) : []
  return [...Object.keys(schema.properties ?? {}), ...referred, ...(schema.allOf ?? []).flatMap((part) => properties(part, all))]
}

test.skipIf(!existsSync(described))('the server describes every field that the pages need', () => {
  const source = readFileSync(here('./types.ts'), 'utf8')
  const all = JSON.parse(readFileSync(described, 'utf8')).components.schemas as Record<string, Schema>
  const missing = Object.entries(SCHEMAS).flatMap(([type, schema]) => {
    const known = properties(all[schema], all)
    return requiredFields(source, type).filter((field) => !known.includes(field)).map((field) => `${schema}.${field}`)
  })
  expect(missing).toEqual([])
})

test('the fields of a type are read with and without line breaks', () => {
  expect(requiredFields('export type A = { id: string; b?: number; c: { d: string }[]; e: Page<X> }', 'A')).toEqual(['id', 'c', 'e'])
  expect(requiredFields('export type A = { id: string\n  /** It says: how; as (id: string) does. */\n  last: string }', 'A')).toEqual(['id', 'last'])
  expect(requiredFields('export type A = B & {\n  id: string\n  more?: string\n  last: string[]\n}', 'A')).toEqual(['id', 'last'])
})
