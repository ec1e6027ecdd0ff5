/** The electronic fence of the stand-in server. */
const text = `@id("level")\n@title("级别不超过人员权限")\nforbid(principal, action, resource)\nunless { principal.clearance >= resource.level };\n\n@id("sensitive-hours")\n@title("敏感数据只在工作时间、内网访问")\nforbid(principal, action, resource)\nwhen { resource.level == 3 && !(context.zone == "intranet" && context.hour >= 8) };\n`
const clauses = [
  { id: 'level', title: '级别不超过人员权限', title_en: 'No data above one\u2019s clearance', effect: 'forbid', says: '人员的可用级别低于数据级别时拒绝。', text: text.split('\n\n')[0] },
  { id: 'sensitive-hours', title: '敏感数据只在工作时间、内网访问', title_en: 'Sensitive data in working hours from the intranet only', effect: 'forbid', says: '敏感级数据，在内网以外或 8 点以前拒绝。', text: text.split('\n\n')[1] },
]
let fence = { text, clauses: clauses.map((one, at) => ({ ...one, line: at * 5 + 1 })), folder_mistakes: [], changed: false, changed_at: null, changed_by: null, reason: null }

export const fenceRoutes = [
  ['GET', '/fence', 'any', () => fence],
  ['PUT', '/fence', 'any', ({ body, user }) => (fence = { ...fence, text: body.text, changed: true, changed_at: new Date().toISOString(), changed_by: user.name, reason: body.reason })],
  ['POST', '/fence/check', 'any', ({ body }) => {
    const at = body.text.split('\n').findIndex((line) => line.includes('oops'))
    return at < 0 ? { ok: true, mistakes: [], lost: body.text === fence.text ? [] : [{ people: ['陈静'], count: 1, action: 'retrieve', kind: 'collection', over: '内部制度库', zones: ['extranet'] }], gained: [] } : { ok: false, mistakes: [{ file: 'fence.cedar', line: at + 1, problem: 'unexpected token `oops`' }], lost: [], gained: [] }
  }],
  ['GET', '/fence/versions', 'any', () => ({ items: [] })],
  ['POST', '/fence/explain', 'any', ({ body }) => ({ allowed: body.zone !== 'internet', role_allows: true, role_lacks: null, facts: [{ name: 'context.zone', value: body.zone ?? 'intranet' }], because: body.zone === 'internet' ? [clauses[1]] : [] })],
  ['POST', '/fence/impact', 'any', ({ body }) => ({ from: 'internal', to: body.level, people_cut_off: [{ id: 'u3', name: '陈静', department: '政务服务处' }], people_let_in: [], zones_cut_off: ['extranet'], scenarios_cut_off: ['群众咨询'], models_cut_off: ['DeepSeek-R1'] })],
]
