/** Scenarios that are being built: what the server sends and takes. */
export type Draft = { id: string; title: string; stage: string; sensitive: boolean; cases: number; files: Record<string, string> }
export type RiskQuestion = { id: string; text: string; text_en: string }
export type Drafts = { items: Draft[]; questions: RiskQuestion[]; classes: string[]; roles: string[]; prompt: string }
export type Risk = { high: boolean; questions: string[]; signs: string[]; unanswered: string[] }
export type Built = { id: string; stage: string; sensitive: boolean; files: Record<string, string>; risk: Risk; cases: number }
export type CaseOutcome = { name: string; question: string; status: string; code: string | null; answer: string; cites: string[]; failed: string[] }
export type Plan = {
  id: string
  title: string
  title_en: string
  description: string
  description_en: string
  class: string
  roles: string[]
  level: string
  sensitive: boolean
  collections: string[]
  prompt: string
  examples: string[]
  max_question_chars: number
  min_supported_percent: number
  cases: string
  screening: Record<string, boolean>
  reason: string
}
