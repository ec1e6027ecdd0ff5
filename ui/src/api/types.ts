/** What the server sends and takes, as fixed in CONTRACT.md. */

export type Level = 'public' | 'internal' | 'sensitive'
export type Page<T> = { items: T[]; next: string | null; total?: number }

export type Department = { id: string; name: string; parent?: string | null; region?: string | null }
export type User = {
  id: string
  name: string
  username: string
  roles: string[]
  department: Department | null
  region: string | null
  clearance: Level
  actions: string[]
}
export type Session = { user: User; expires_at: string; must_change_password?: boolean }

export type Scenario = {
  id: string
  title: string
  title_en: string
  description: string
  description_en: string
  class: string
  stage: string
  priority: number | string
  level: Level
  sensitive: boolean
  audience: 'internal' | 'public'
  /** `match` has a page of its own; a scenario with calculators too. */
  flow?: string
  calculators?: boolean
  /** Something stands beside its answers: facts asked back, plain words, next steps. */
  consults?: boolean
  collections: { id: string; name: string }[]
  examples: string[]
  examples_en: string[]
  model: { id: string; name: string; name_en?: string; level: Level; filing_number: string | null } | null
  max_question_chars: number
  /** What users are told while it is switched off for them, or empty; absent while it serves. */
  maintenance?: string | null
}

export type ValidityStatus = 'in_force' | 'amended' | 'repealed' | 'not_yet_in_force' | 'unknown'
export type Validity = { status: ValidityStatus; from?: string | null; until?: string | null; note?: string | null; replaced_by?: Heir | null }
/** A document by name. */
export type DocumentRef = { document_id: string; title: string }
/** What took a text's place; without an id when it is not in the collections. */
export type Heir = { document_id: string | null; title: string }

export type Verdict = 'supported' | 'contradicted' | 'unsupported'
export type Claim = { text: string; verdict: Verdict; citations: number[]; why?: string | null }
export type Citation = {
  n: number
  article_id: string
  version_id: string
  document_id: string
  document: string
  label: string
  path: string[]
  quote: string
  validity: Validity
}
export type StepStatus = 'running' | 'pass' | 'review' | 'refused' | 'fail'
export type Step = { name: string; status: StepStatus; ms?: number | null }
export type Label = { text: string; aigc: Record<string, string> }
/** What the reader should know besides the answer. */
export type Notice = { code: string; text: string }
export type RunStatus = 'running' | 'released' | 'in_review' | 'refused' | 'rejected' | 'failed'
export type Run = {
  run_id: string
  conversation_id: string
  scenario: string
  question: string
  asked_at: string
  /** The day whose law was asked for. */
  as_of?: string
  status: RunStatus
  answer: string | null
  claims: Claim[]
  citations: Citation[]
  refusal: { code: string; message: string; next_step: string; reason?: string | null; searched?: string[] } | null
  label: Label | null
  review_id: string | null
  review: { state: string; position: number | null; due_at: string | null; decided_at: string | null; claimed?: boolean; reason?: string | null } | null
  notices: Notice[]
  steps: Step[]
  feedback: { rating: 'up' | 'down'; solved?: boolean | null } | null
  /** The correction of the library that steered the answer. */
  correction?: { id: string; exact: boolean; question: string; confirmed_at: string } | null
  model: { id: string; name: string } | null
}
export type Question = {
  scenario: string
  question: string
  conversation_id?: string
  attributes?: { as_of?: string }
}
export type Feedback = { rating: 'up' | 'down'; reasons?: string[]; comment?: string; solved?: boolean }

export type ConversationRow = { id: string; scenario: string; title: string; updated_at: string; runs: number }
export type Conversation = { id: string; scenario: string; title: string; runs: Run[] }

export type Collection = {
  id: string
  name: string
  description: string | null
  level: Level
  region: string | null
  department: Department | string | null
  embedding: string | null
  documents: number
  articles: number
  updated_at: string | null
}
export type EmbeddingEndpoint = { id: string; name: string; model: string; is_up: boolean }
export type TrainingPair = { query: string; positive: string; article_id: string; label: string; marked_at: string }
export type Defect = { code: string; message: string; page: number | null }
export type DocumentRow = {
  id: string
  title: string
  format: string
  state: 'ready' | 'importing' | 'failed'
  validity: Validity
  authority: string | null
  doc_number: string | null
  issuer: string | null
  version: number | string | null
  articles: number
  size_bytes: number
  imported_at: string
  imported_by: string | { id: string; name: string } | null
  defects: Defect[]
}
export type DocumentFull = DocumentRow & {
  collection?: { id: string; name: string } | string | null
  versions: { id: string; number: number; imported_at: string; current: boolean }[]
  metadata: Record<string, unknown>
}
export type ArticleRow = { id: string; label: string; path: string[]; text: string }
export type Article = ArticleRow & {
  version_id: string
  document: { id: string; title: string; collection?: string; validity: Validity }
  previous: { id: string; label: string } | null
  next: { id: string; label: string } | null
}
export type Upload = { document_id: string; job_id: string; duplicate?: boolean }
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed'
export type Job = {
  id: string
  kind: string
  state: JobState
  progress: number
  note?: string | null
  error: { code: string; message: string; next_step?: string } | null
  created_at: string
  finished_at: string | null
  pages?: { done: number; total: number } | null
  defects?: Defect[]
}
/** One page as it was read, with what went wrong on it. */
export type PageText = { n: number; text: string; defects: Defect[] }
export type PageTexts = { pages: number; items: PageText[]; next: string | null }

export type DiffKind = 'same' | 'changed' | 'added' | 'removed'
export type DiffSide = { article_id: string; label?: string; text: string }
export type DiffItem = { kind: DiffKind; label: string; path: string[]; left: DiffSide | null; right: DiffSide | null; spans: { op: 'equal' | 'insert' | 'delete'; text: string }[] }
export type DiffVersion = { id: string; number: number; imported_at: string; title?: string }
export type Difference = { from: DiffVersion; to: DiffVersion; counts: Record<DiffKind, number>; items: DiffItem[] }

export type TimelineItem = { document_id: string; version_id: string | null; title: string; status: string; from: string | null; until: string | null; why: string | null; current: boolean }
export type Timeline = { title: string; today: string; items: TimelineItem[]; replaced_by: Heir | null; replaces: Heir[] }

export type CitationKind = 'cites' | 'repeals' | 'amends' | 'based_on'
export type Mention = { article_id: string; document_id: string; document: string; label: string; path: string[]; excerpt: string; kind: CitationKind }
export type Conflict = { article_id: string; document_id: string; document: string; label: string; text: string; rule: 'higher_authority' | 'newer' | 'special'; prevails: 'this' | 'other'; why: string }

export type Gap = { question: string; count: number; last_at: string }
export type Freshness = {
  documents: number
  in_force: number
  not_yet: number
  superseded: number
  repealed: number
  expired: number
  unknown: number
  expiring: { document_id: string; title: string; until: string }[]
  oldest_import: string | null
  newest_import: string | null
  without_dates: DocumentRef[]
}
export type Hit = {
  article_id: string
  source_id: string | null
  document_id: string
  document: string
  label: string
  path: string[]
  score: number
  text: string
  validity: Validity
  parts?: Record<string, number>
  rank_words?: number | null
  rank_vector?: number | null
}
export type Filtered = { reason: string; count: number; examples?: { document_id: string; document: string; label: string; why: string }[] }
export type SearchMode = 'hybrid' | 'words_only'
export type Found = { hits: Hit[]; filtered: Filtered[]; took_ms: number; confidence?: number; has_basis?: boolean; mode?: SearchMode; why?: string | null }

/** One policy of the electronic fence. */
export type Clause = { id: string; title: string; title_en: string; effect: 'permit' | 'forbid'; says: string; text: string; line: number }
export type Mistake = { file: string; line: number | null; problem: string }
export type Fence = { text: string; clauses: Clause[]; changed: boolean; changed_at: string | null; changed_by: string | null; reason: string | null; folder_mistakes: Mistake[] }
export type FenceChange = { people: string[]; count: number; action: string; kind: string; over: string; zones: Zone[] }
export type FenceCheck = { ok: boolean; mistakes: Mistake[]; lost: FenceChange[]; gained: FenceChange[] }
export type FenceVersion = { version: number; at: string; by: string; reason: string; text: string }
export type Zone = 'machine' | 'intranet' | 'extranet' | 'internet'
export type FenceQuestion = { username?: string; action: string; collection?: string; scenario?: string; model?: string; zone?: Zone; hour?: number; weekday?: number }
export type Fact = { name: string; value: string }
export type FenceAnswer = { allowed: boolean; role_allows: boolean; role_lacks: string | null; because: Clause[]; facts: Fact[] }
export type FencePerson = { id: string; name: string; department: string | null }
export type FenceImpact = { from: Level; to: Level; people_cut_off: FencePerson[]; people_let_in: FencePerson[]; zones_cut_off: Zone[]; scenarios_cut_off: string[]; models_cut_off: string[]; needs_review: boolean; hash: string }
export type LevelChanged = { state: 'changed' | 'in_review'; review_id: string | null; impact: FenceImpact }

export type Stage = 'input' | 'fence' | 'egress' | 'output' | 'abuse' | 'review'
export type StageTile = { stage: Stage; blocked: number; held: number; observed: number; limited: number; false_alarms: number; rules: { rule: string; count: number }[] }
export type SecurityOverview = { since: string; stages: StageTile[]; suspended: number; open_incidents: number; overdue_incidents: number; pending_places: number; running: number; waiting: number; turned_away: number }
export type SecurityEvent = { id: number; at: string; last_at: string; count: number; stage: Stage; rule: string; category: string; outcome: string; caller: string; subject: string; false_alarm: boolean; note: string | null }
export type GuardRule = { id: string; side: string; category: string; action: string; why: string; fixed: boolean; mode: 'observe' | 'enforce'; hits: number; false_alarms: number; changed_at: string | null; changed_by: string | null; reason: string | null }
export type GuardWord = { term: string; category: string; action: string; weight: number; needs: string[]; note: string; own: boolean }
export type GuardWords = { items: GuardWord[]; next: string | null; total: number }
export type WordChange = { at: string; by: string; reason: string; term: string; before: GuardWord | null; after: GuardWord | null }
export type Suspension = { caller: string; in_a_row: number; today: number; since: string | null; lifted_at: string | null; lifted_by: string | null; lift_reason: string | null }
export type Incident = { id: string; kind: string; subject: string; state: string; opened_at: string; due_at: string | null; overdue: boolean; times: number; leader: string | null; next: string[] }
export type IncidentStep = { at: string; by: string; state: string; note: string }
export type OutsidePlace = { name: string; purpose: string; scheme: string; host: string; port: number | null; addresses: string[]; region: string | null; level: Level; proxy: string | null; personal_data: boolean }
export type PlaceRequest = { id: string; place: OutsidePlace; why: string; asked_at: string; asked_by: string; state: string; decided_at: string | null; decided_by: string | null; reason: string | null; own: boolean }
export type Challenge = { challenge: string; bits: number }

export type Deidentified = { text: string; findings: { kind: string; start: number; end: number; text: string; score: number; rule: string }[] }
export type Screened = { verdict: string; findings: { category: string; start: number; end: number; score: number; rule: string; action: string; part: string }[] }
export type Risked = { verdict: string; findings: { category: string; start: number; end: number; score: number; rule: string; action: string; why: string }[] }
export type Verified = { supported: boolean; score: number; claims: { text: string; start: number; end: number; verdict: Verdict; score: number; evidence: number | null; why: string }[] }

export type CheckStatus = 'pass' | 'warn' | 'fail'
export type Check = { rule: string; status: CheckStatus; message: string }
export type ReviewState = 'pending' | 'countersign' | 'countersign_edited' | 'returned' | 'approved' | 'edited' | 'rejected' | 'withdrawn' | string
/** Somebody who works on an item, or has signed it. */
export type Hand = { name: string; me: boolean; at: string }
export type Trouble = 'no_reviewer' | 'policy_missing' | 'long_overdue'
export type ReviewRow = {
  id: string
  kind: string
  subject: string
  signatures: number
  signed: Hand | null
  claim: Hand | null
  department: string | null
  competence: string | null
  escalated: boolean
  trouble: Trouble | null
  run_id: string
  scenario: string
  scenario_title: string
  question: string
  asked_at: string
  due_at: string | null
  state: ReviewState
  asker: { name: string; department: string | Department | null } | null
  reason: string | null
  checks_failed: number
}
export type ReviewDraft = { answer: string; claims: Claim[]; citations: Citation[] }
export type ReviewerProfile = { id: string; name: string; department: string; competences: string[]; deputy: string | null; away_from: string | null; away_until: string | null; away: boolean }
export type Review = ReviewRow & {
  content_hash: string
  draft: ReviewDraft
  proposal: ReviewDraft | null
  payload: unknown
  may_assign: boolean
  checks: Check[]
  sources: (Citation & { text: string })[]
  history: { at: string; by: string; action: string; reason: string | null; answer: string | null }[]
  may_decide: boolean
  why_not?: string | null
}
export type Decision = { decision: 'approve' | 'edit' | 'reject' | 'return' | 'countersign'; answer?: string; reason?: string; teach?: boolean }

export type BatchLine = { id: string; done: boolean; state: string | null; code: string | null; detail: string | null }

export type RefusalWords = { message: string; next_step: string; message_en: string; next_step_en: string }
export type RefusalVersion = {
  review_id: string
  words: RefusalWords
  why: string
  proposed_by: string
  proposed_at: string
  state: string
  decided_by: string | null
  decided_at: string | null
  reason: string | null
}
export type RefusalEntry = {
  name: string
  labels: string[]
  risks: string[]
  words: RefusalWords
  in_force: RefusalVersion | null
  waiting: RefusalVersion | null
}

export type CorrectedArticle = { n: number; article_id: string; version_id: string; document_id: string; document: string; label: string }
export type CorrectionState = 'active' | 'in_review' | 'retired'
export type Correction = {
  id: string
  question: string
  wrong: string
  right: string
  articles: CorrectedArticle[]
  scenario: string | null
  level: Level
  valid_until: string | null
  never_stale: boolean
  fresh: boolean
  state: CorrectionState
  why: string | null
  origin: string
  made_at: string
  confirmed_at: string
  hits: number
  misses: number
  expired: number
  last_hit_at: string | null
}
export type CorrectionDraft = { question: string; wrong: string; right: string; articles: string[]; scenario?: string; valid_until?: string; never_stale: boolean; run_id?: string }
export type Complaint = { cursor: number; run_id: string; scenario: string; question: string; answer: string; articles: CorrectedArticle[]; rating: 'up' | 'down'; reasons: string[]; comment: string | null; solved: boolean | null; at: string }
export type Score = { total: number; sentences: { index: number; score: number; remark?: string | null }[]; citations: { n: number; bears: boolean; remark?: string | null }[]; remark?: string | null }
export type Scored = { run: Run; score: Score | null }
export type Switch = { target: string; title: string; title_en: string; off: boolean; reason: string | null; notice: string | null; by: string | null; at: string | null; by_probe: boolean }

export type AuditEntry = {
  seq: number
  at: string
  deed: string
  outcome: string
  hash: string
  withheld?: boolean
  shortened?: boolean
  actor?: unknown
  actor_name?: string | null
  subject?: string | null
  reason?: string | null
  details?: unknown
  trace_id?: string | null
}
export type ChainReport = { entries: number; shortened?: number; head: string; ok: boolean; first_bad: number | null; problem?: string | null; took_ms?: number }

export type SystemStatus = {
  version: string
  started_at: string
  uptime_secs: number
  store: { engine: string; size_bytes: number; ok: boolean }
  index: { articles: number; up_to_date: boolean }
  jobs: { queued: number; running: number; failed: number }
  audit: { entries: number; ok: boolean | null; verified_at: string | null; anchors?: { to: string; done_at: string | null; failed_at: string | null; problem: string | null }[] }
  models: { id: string; name: string; name_en?: string; backend: string; health: string; level: Level; filing_number: string | null }[]
  memory_bytes: number
  disk_free_bytes: number
  sessions: number
}

export type Account = {
  id: string
  username: string
  name: string
  department: Department | null
  roles: string[]
  locked: boolean
  last_login_at?: string | null
  created_at?: string | null
}
export type Role = { id: string; title: string; title_en: string; actions: string[]; clearance: Level }
export type Roles = { roles: Role[]; actions: (string | { id: string; title?: string })[] }

/** The 12345 hotline. */
export type HotlineReason = { code: string; words: string[] }
export type HotlinePlace = { region: string | null; street: string | null; name: string; detail: string }
export type HotlineCategory = { code: string; path: string[]; score: number; reason: HotlineReason | null }
export type HotlineHandler = { department: string; name: string; reason: HotlineReason }
export type HotlineCaller = { name: string | null; phone: string | null; id_card: string | null; anonymous: boolean }
export type HotlineDraft = {
  question: string
  kind: { value: string; reason: HotlineReason }
  summary: string
  content: string
  place: HotlinePlace
  category: HotlineCategory | null
  alternatives: HotlineCategory[]
  urgency: { value: string; reason: HotlineReason }
  hand_over: string | null
  caller: HotlineCaller
  secrecy: { value: boolean; reason: HotlineReason }
  responsible: HotlineHandler | null
  assisting: HotlineHandler[]
  declined: HotlineReason | null
  follow_ups: { missing: string; question: string }[]
  flags: { code: string; detail: string }[]
}
export type HotlineCallRow = { id: string; state: string; channel: string; phone: string | null; started_at: string; ended_at: string | null; urgency: string; lines: number; order_id: string | null }
export type HotlineUtterance = { speaker: string; text: string }
export type HotlineSimilar = { id: string; number: string; summary: string; stand: string; received_at: string; place: HotlinePlace; likeness: number; repeat: boolean; reply: string | null }
export type HotlineCall = { call: HotlineCallRow; said: HotlineUtterance[]; draft: HotlineDraft; similar: HotlineSimilar[] }
export type HotlineClock = { since: string; due: string; overdue: boolean }
export type HotlineCheck = { quality: string; ok: boolean; missing: string[] }
export type HotlineOrder = {
  id: string
  number: string
  version: number
  channel: string
  call_id: string | null
  received_at: string
  kind: string
  summary: string
  content: string
  place: HotlinePlace
  category: HotlineCategory | null
  urgency: string
  secrecy: boolean
  caller: HotlineCaller
  responsible: { id: string; name: string } | null
  assisting: { id: string; name: string }[]
  stand: string
  clock: HotlineClock | null
  handling: HotlineClock | null
  late: boolean
  extensions: number
  returns: number
  redos: number
  reminders: number
  reply: { text: string; at: string; checks: HotlineCheck[] } | null
  callback: { at: string; contacted: boolean; solved: boolean; satisfaction: number } | null
  merged_into: string | null
  repeats: number
  tags: string[]
  moves: string[]
}
export type HotlineStep = { at: string; actor: string; step: string; stand: string; note: string }
export type HotlineOrderFull = { order: HotlineOrder; history: HotlineStep[]; similar: HotlineSimilar[] }
export type HotlineOrders = { items: HotlineOrder[]; next: string | null; total: number }
export type HotlineShelf = { shelf: string; count: number; overdue: number }
export type HotlineIssue = { title: string; category: HotlineCategory | null; region: string | null; place: string; heat: number; count: number; orders: string[]; first_at: string; last_at: string; last_week: number; week_before: number; days: { day: string; count: number }[] }
export type HotlineHot = {
  issues: HotlineIssue[]
  days: { day: string; count: number }[]
  regions: { region: string; name: string; longitude: number; latitude: number; count: number }[]
  categories: { category: HotlineCategory; count: number }[]
  total: number
}
export type HotlineSettings = { categories: HotlineCategory[]; departments: { id: string; name: string }[]; limits: { what: string; unit: string; count: number }[]; years: number[]; regions: { id: string; name: string }[] }
export type HotlineImported = { imported: number; sound: number; problems: { line: number; column: string; code: string; message: string }[] }
export type ModelCard = {
  id: string
  name: string
  name_en: string
  kind: string
  backend: string
  base: string | null
  model: string | null
  url: string | null
  version: string | null
  hash: string | null
  dataset: string | null
  job: string | null
  evaluation: string | null
  level: Level
  filing_number: string | null
  licence: string | null
  runs_at: string | null
  capabilities: string[]
  concurrency: number | null
  health: string
  circuit: string
  routes: string[]
}
export type ModelRoute = { id: string; models: string[]; resolved: string[]; queue: number; wait_secs: number; hedge_ms: number | null; priority: number; scenarios: string[] }
export type ModelFamily = { id: string; fast: string | null; strong: string | null; judge: string | null; embed: string | null; rerank: string | null }
export type ModelQuota = { department: string; guarantee: number; deserved: number; ceiling: number | null; tokens_per_month: number | null; tokens_used: number }
export type ModelRegistry = { models: ModelCard[]; routes: ModelRoute[]; families: ModelFamily[]; quotas: ModelQuota[] }
export type ModelImpact = { scenario: string; title: string; title_en: string; route: string; lost: string[]; left: string[] }
export type QueueLine = { place: string; scenario: string; department: string; running: number; waiting: number; oldest_wait_ms: number; borrowed: number }
export type UsageLine = { day: string; name: string; calls: number; tokens_in: number; tokens_out: number; tokens_reasoning: number; wait_ms: number; first_token_ms: number; total_ms: number; energy_mwh: number }
export type GatewayKey = {
  id: string
  name: string
  shown: string
  department: string
  role: string
  scopes: string[]
  networks: string[]
  tokens_per_month: number | null
  tokens_used: number
  requests_per_minute: number | null
  created_by: string
  created_at: string
  expires_at: string | null
  state: string
}
