/** A stand-in for the server while the interface is made: the same calls, a few real texts, no store. Not part of the product. */
import { createServer } from 'node:http'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fenceRoutes } from './mock-fence.mjs'
import { accounts, departments, LABEL, model, roles, scenarios } from './mock-people.mjs'
import { articlesOf, citedBy, cites, conflicts, difference, explained, freshness, gaps, pages, timeline, versionsOf } from './mock-knowledge.mjs'
import { collections, documents, makeArticle, readText, search } from './mock-texts.mjs'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const slow = Number(process.env.MOCK_MS ?? 250)
const sessions = new Map()
const runs = new Map()
const conversations = new Map()
const reviews = new Map()
const jobs = new Map()
const audit = []
const queueListeners = new Set()
const runListeners = new Map()
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms))
const id = (kind) => `${kind}_${randomUUID().replaceAll('-', '').slice(0, 20)}`
const iso = (shift = 0) => new Date(Date.now() + shift).toISOString()

function note(deed, user, subject, outcome = 'done', reason = null, details = {}) {
  const prev = audit.at(-1)?.hash ?? '0'.repeat(64)
  const entry = { seq: audit.length + 1, at: iso(), actor: user ? { kind: 'user', id: user.id } : { kind: 'visitor', id: 'visitor_1' }, actor_name: user?.name ?? null, deed, subject, outcome, reason, details, trace_id: id('tr') }
  entry.hash = createHash('sha256').update(prev + JSON.stringify(entry)).digest('hex')
  audit.push(entry)
}

class Fault extends Error {
  constructor(status, code, title, next_step, detail = null) {
    super(title)
    this.body = { type: `urn:shuzheng:${code}`, title, status, code, detail, next_step, trace_id: id('tr') }
  }
}
const missing = () => new Fault(404, 'server.not_found', '内容不存在', '它可能已被删除，或不在您的可见范围内。')

const userView = (account) => ({ ...account, password: undefined, locked: undefined, actions: [...new Set(account.roles.flatMap((role) => roles.find((r) => r.id === role)?.actions ?? []))] })
const pendingReviews = () => [...reviews.values()].filter((review) => review.state === 'pending')
const tellQueue = () => queueListeners.forEach((send) => send('queue', { pending: pendingReviews().length }))
const tellRun = (run) => runListeners.get(run.run_id)?.forEach((send) => send('outcome', run))

function compose(hits) {
  const claims = []
  const citations = hits.map((hit, index) => {
    const sentence = hit.text.split('\n').join('').slice(0, 160)
    claims.push({ text: sentence, verdict: index === 2 ? 'unsupported' : 'supported', citations: [index + 1], why: index === 2 ? '条文中没有这一表述' : null })
    return { n: index + 1, article_id: hit.article_id, version_id: 'version_1', document_id: hit.document_id, document: hit.document, label: hit.label, path: hit.path, quote: sentence, validity: hit.validity }
  })
  const answer = ['根据现行规定，要点如下：', '', ...claims.map((claim, index) => `${index + 1}. ${claim.text}[${index + 1}]`)].join('\n')
  return { answer, claims, citations }
}

async function ask(user, body, send) {
  const scenario = scenarios.find((one) => one.id === body.scenario)
  if (!scenario) throw new Fault(404, 'assistant.unknown_scenario', '没有这个场景', '请重新选择场景。')
  const question = (body.question ?? '').trim()
  if (!question) throw new Fault(400, 'assistant.question_empty', '问题为空', '请输入要咨询的内容。')
  if (question.length > scenario.max_question_chars) throw new Fault(400, 'assistant.question_too_long', '问题过长', `请控制在 ${scenario.max_question_chars} 字以内。`)
  const conversation = conversations.get(body.conversation_id) ?? { id: id('conv'), scenario: scenario.id, title: question.slice(0, 40), owner: user?.id, runs: [], updated_at: iso() }
  conversations.set(conversation.id, conversation)
  const run = { run_id: id('run'), conversation_id: conversation.id, scenario: scenario.id, question, asked_at: iso(), as_of: body.attributes?.as_of ?? iso().slice(0, 10), status: 'running', answer: null, claims: [], citations: [], refusal: null, label: { text: LABEL, aigc: { Label: '1', ContentProducer: '001111440106XXXXXXX27510001', ProduceID: '' } }, review_id: null, review: null, notices: [], steps: [], feedback: null, model, owner: user?.id }
  run.label.aigc.ProduceID = run.run_id
  const step = async (name, status = 'pass') => {
    send?.('step', { name, status: 'running', ms: null })
    await pause(slow)
    const ms = 1 + Math.floor(Math.random() * 9)
    run.steps.push({ name, status, ms })
    send?.('step', { name, status, ms })
  }
  note('ask.started', user, run.run_id)
  await step('understand')
  const blocked = /身份证|\d{17}[\dXx]|绝密|机密/.test(question)
  await step('screen', blocked ? 'refused' : 'pass')
  const found = blocked ? [] : search(question, scenario.collections.map((one) => one.id), 3, body.attributes?.as_of).hits
  if (blocked) {
    run.status = 'refused'
    run.refusal = { code: 'guard.secrecy_mark', message: '问题中出现密级标识或个人身份信息，平台不能处理。', next_step: '请删去密级标识和身份证号码后再提问；涉密事项请走机要渠道。' }
  } else {
    await step('retrieve', found.length ? 'pass' : 'refused')
    if (found.length === 0) {
      run.status = 'refused'
      run.refusal = { code: 'assistant.no_evidence', message: '知识库中没有找到可以回答这个问题的条文。', next_step: '换一种说法再问，或请数据专员补充相关文件；也可拨打 12345。' }
    } else {
      await step('draft')
      await step('check', scenario.sensitive ? 'review' : 'pass')
      const draft = compose(found)
      if (scenario.sensitive) {
        await step('release', 'review')
        const review = { id: id('review'), run_id: run.run_id, scenario: scenario.id, scenario_title: scenario.title, question, asked_at: run.asked_at, due_at: iso(30 * 60_000), state: 'pending', asker: user ? { name: user.name, department: user.department?.name } : null, asker_id: user?.id, reason: '敏感场景，发布前须人工复核', checks_failed: 1, draft, history: [{ at: iso(), by: '平台', action: 'requested', reason: '敏感场景' }] }
        reviews.set(review.id, review)
        run.status = 'in_review'
        run.review_id = review.id
        run.review = { state: 'pending', position: pendingReviews().length, due_at: review.due_at, decided_at: null }
        note('review.requested', user, review.id)
        tellQueue()
      } else {
        for (const [index, piece] of draft.answer.match(/[\s\S]{1,24}/g).entries()) {
          send?.('segment', { index, text: piece })
          await pause(slow / 6)
        }
        await step('release')
        Object.assign(run, draft, { status: 'released' })
        run.notices.push({ code: 'note', text: '答复依据所列条文生成，办理以主管部门解释为准。' })
        if (draft.citations.some((one) => one.validity.status === 'amended')) run.notices.push({ code: 'amended', text: '所引《中华人民共和国劳动合同法》第三十九条已于 2013-07-01 修改，答复依据修改后的条文。' })
        if (/合同法/.test(question)) run.notices.push({ code: 'repealed', text: '《中华人民共和国合同法》已于 2021-01-01 废止，由《中华人民共和国民法典》取代。' })
      }
    }
  }
  runs.set(run.run_id, run)
  conversation.runs.push(run)
  conversation.updated_at = iso()
  note('ask.finished', user, run.run_id, run.status === 'refused' ? 'refused' : 'done')
  return run
}

const reviewView = (review, user) => ({
  ...review,
  checks: [
    { rule: '引用可达', status: 'pass', message: `${review.draft.citations.length} 处引用均能打开原文` },
    { rule: '时效', status: 'pass', message: '所引条文现行有效' },
    { rule: '事实一致', status: 'fail', message: '第 3 条陈述在所引条文中没有找到依据' },
    { rule: '敏感信息', status: 'warn', message: '涉及个人权益，请核对适用范围' },
  ],
  sources: review.draft.citations.map((citation) => ({ ...citation, text: makeArticle(citation.article_id)?.text ?? '' })),
  may_decide: review.state === 'pending' && review.asker_id !== user.id,
  why_not: review.asker_id === user.id ? 'review.own_question' : review.state !== 'pending' ? 'review.already_decided' : null,
})

function decide(user, review, body) {
  if (review.state !== 'pending') throw new Fault(409, 'review.already_decided', '这一条已经处理', '请刷新队列。')
  if (review.asker_id === user.id) throw new Fault(403, 'review.own_question', '不能审核自己提出的问题', '请由其他审核人员处理。')
  if (body.decision === 'reject' && !body.reason) throw new Fault(400, 'review.reason_missing', '请填写理由', '驳回须写明理由。')
  const run = runs.get(review.run_id)
  review.state = { approve: 'approved', edit: 'edited', reject: 'rejected' }[body.decision]
  review.history.push({ at: iso(), by: user.name, action: body.decision, reason: body.reason ?? null })
  run.review = { state: review.state, position: null, due_at: review.due_at, decided_at: iso(), reason: body.reason ?? null }
  if (body.decision === 'reject') {
    run.status = 'rejected'
    run.refusal = { code: 'review.rejected', message: `审核未通过：${body.reason}`, next_step: '请补充情况后重新提问，或联系业务科室。' }
  } else {
    Object.assign(run, review.draft, { status: 'released' })
    if (body.answer) run.answer = body.answer
  }
  note('review.decided', user, review.id, 'done', body.reason ?? null, { decision: body.decision })
  tellRun(run)
  tellQueue()
  return { id: review.id, state: review.state, run }
}

function startImport(user, collection, file) {
  const hash = createHash('sha256').update(file.bytes).digest('hex')
  const twin = documents.find((one) => one.hash === hash && one.collection === collection)
  const job = { id: id('job'), kind: 'knowledge.import', state: 'queued', progress: 0, note: '排队', error: null, created_at: iso(), finished_at: null }
  jobs.set(job.id, job)
  if (twin) {
    Object.assign(job, { state: 'succeeded', progress: 1, finished_at: iso() })
    return { document_id: twin.id, job_id: job.id, duplicate: true }
  }
  const older = documents.find((one) => one.collection === collection && one.title === file.name.replace(/\.\w+$/, ''))
  const document = older ?? { id: id('doc'), collection, title: file.name.replace(/\.\w+$/, ''), format: extname(file.name).slice(1) || 'txt', state: 'importing', hash, validity: { status: 'unknown', from: null, until: null }, authority: null, doc_number: null, issuer: null, version: 1, articles: 0, size_bytes: file.bytes.length, imported_at: iso(), imported_by: user.name, defects: [] }
  if (older) Object.assign(older, { before: older.list, hash, state: 'importing', version: 2 })
  else documents.push(document)
  const work = async () => {
    const total = 8
    const scanned = file.name.includes('扫描')
    for (let done = 1; done <= total; done++) {
      await pause(slow)
      if (scanned && done === 2) document.defects.push({ code: 'documents.needs_ocr', message: 'page 2 is a picture', page: 2 }, { code: 'documents.table_flattened', message: 'a table is read as text', page: 2 }, { code: 'documents.broken_encoding', message: 'some characters', page: 3 })
      Object.assign(job, { state: 'running', progress: (done / total) * 0.6, note: 'read', pages: { done, total }, defects: document.defects })
    }
    for (const [at, words] of [[0.7, 'publish'], [0.9, 'index']]) {
      await pause(slow)
      Object.assign(job, { progress: at, note: words })
    }
    await pause(slow)
    const locked = file.name.includes('加密')
    const empty = file.bytes.length === 0
    if (locked || empty) {
      document.state = 'failed'
      const code = locked ? 'documents.password' : 'knowledge.empty_file'
      document.defects.push({ code, message: code, page: null })
      return void Object.assign(job, { state: 'failed', finished_at: iso(), error: { code, message: code } })
    }
    const broken = document.format === 'docx' && !file.bytes.includes('word/document.xml')
    if (broken) {
      document.state = 'failed'
      Object.assign(job, { state: 'failed', finished_at: iso(), error: { code: 'documents.broken_package', message: 'the package is broken' } })
    } else {
      // Only a docx whose parts are stored uncompressed can be read here, as the journeys make it.
      const plain = file.bytes.toString('utf8')
      const text = document.format === 'docx' ? [...plain.matchAll(/<w:t[^>]*>([^<]*)/g)].map((found) => found[1]).join('\n') : plain
      readText(document, text)
      document.state = 'ready'
      Object.assign(job, { state: 'succeeded', progress: 1, note: null, finished_at: iso() })
    }
    note('document.imported', user, document.id, broken ? 'failed' : 'done')
  }
  void work()
  return { document_id: document.id, job_id: job.id, duplicate: false }
}

const page = (rows, url, size = 20) => {
  const from = Number(url.searchParams.get('after') ?? 0)
  const limit = Number(url.searchParams.get('limit') ?? size)
  return { items: rows.slice(from, from + limit), next: from + limit < rows.length ? String(from + limit) : null }
}
const collectionView = (one) => {
  const inside = documents.filter((document) => document.collection === one.id)
  return { ...one, documents: inside.length, articles: inside.reduce((sum, document) => sum + document.articles, 0), updated_at: inside.at(-1)?.imported_at ?? iso() }
}
const documentView = ({ list: _list, hash: _hash, before: _before, ...row }) => row

/** Routes: [method, pattern, who may (null: anyone), answer]. */
const routes = [
  ['POST', '/session', null, async ({ body, response }) => {
    const account = accounts.find((one) => one.username === body.username)
    if (!account || body.password !== 'Shuzheng#2026' || account.locked) {
      note('session.refused', null, body.username ?? '', 'refused')
      throw new Fault(401, 'identity.wrong_credentials', '用户名或密码不正确', '连续输错 5 次将锁定 15 分钟。')
    }
    const token = randomUUID()
    sessions.set(token, account)
    response.setHeader('Set-Cookie', `sz_session=${token}; HttpOnly; SameSite=Lax; Path=/`)
    note('session.opened', account, account.id)
    return { token, user: userView(account), expires_at: iso(1_800_000), must_change_password: false }
  }],
  ['GET', '/session', 'any', ({ user }) => ({ user: userView(user), expires_at: iso(1_800_000) })],
  ['DELETE', '/session', 'any', ({ token }) => void sessions.delete(token)],
  ['PUT', '/session/password', 'any', () => undefined],
  ['GET', '/scenarios', null, ({ user }) => ({ items: scenarios.filter((one) => user || one.audience === 'public') })],
  ['POST', '/ask', null, async ({ user, body, url, sse }) => {
    if (url.searchParams.get('stream') !== 'true') return ask(user, body)
    const scenario = scenarios.find((one) => one.id === body.scenario)
    if (!scenario || !body.question?.trim()) return ask(user, body)
    const send = sse()
    const run = await ask(user, body, send)
    send('outcome', run)
    send.end()
  }],
  ['GET', '/runs/:id', null, ({ params }) => runs.get(params.id) ?? fail()],
  ['GET', '/runs/:id/events', null, ({ params, sse, request }) => {
    const send = sse()
    const run = runs.get(params.id)
    const listeners = runListeners.get(params.id) ?? new Set()
    runListeners.set(params.id, listeners.add(send))
    request.on('close', () => listeners.delete(send))
    if (run) send('outcome', run)
  }],
  ['POST', '/runs/:id/feedback', null, ({ params, body, user }) => {
    const run = runs.get(params.id) ?? fail()
    run.feedback = { rating: body.rating }
    note('feedback.given', user, run.run_id)
  }],
  ['GET', '/conversations', 'any', ({ user, url }) => {
    const q = url.searchParams.get('q') ?? ''
    const mine = [...conversations.values()].filter((one) => one.owner === user.id && !one.gone && one.title.includes(q))
    mine.sort((a, b) => b.updated_at.localeCompare(a.updated_at))
    return page(mine.map((one) => ({ ...one, runs: one.runs.length })), url, 50)
  }],
  ['GET', '/conversations/:id', 'any', ({ params }) => conversations.get(params.id) ?? fail()],
  ['DELETE', '/conversations/:id', 'any', ({ params }) => void ((conversations.get(params.id) ?? fail()).gone = true)],
  ['POST', '/conversations/:id/restore', 'any', ({ params }) => void ((conversations.get(params.id) ?? fail()).gone = false)],
  ['GET', '/collections', 'any', () => ({ items: collections.map(collectionView) })],
  ['POST', '/collections', 'any', ({ body, user }) => {
    if (collections.some((one) => one.id === body.id)) throw new Fault(409, 'knowledge.collection_exists', '编号已被使用', '请换一个编号。')
    collections.push({ description: null, region: null, ...body, department: user.department })
    return collectionView(collections.at(-1))
  }],
  ['GET', '/collections/:id', 'any', ({ params }) => collectionView(collections.find((one) => one.id === params.id) ?? fail())],
  ['GET', '/collections/:id/documents', 'any', ({ params, url }) => page(documents.filter((one) => one.collection === params.id && one.title.includes(url.searchParams.get('q') ?? '')).map(documentView).reverse(), url)],
  ['POST', '/collections/:id/documents', 'any', ({ params, file, user, response }) => {
    response.statusCode = 202
    return startImport(user, params.id, file)
  }],
  ['GET', '/jobs/:id', 'any', ({ params }) => jobs.get(params.id) ?? fail()],
  ['GET', '/jobs/:id/events', 'any', async ({ params, sse }) => {
    const send = sse()
    const job = jobs.get(params.id)
    for (;;) {
      send('progress', job)
      if (job.finished_at) return send.end()
      await pause(80)
    }
  }],
  ['GET', '/documents/:id', 'any', ({ params }) => {
    const one = documents.find((document) => document.id === params.id) ?? fail()
    return { ...documentView(one), collection: collections.find((c) => c.id === one.collection), metadata: { source: '国家法律法规数据库', category: '行政法规' }, versions: versionsOf(one) }
  }],
  ['DELETE', '/documents/:id', 'any', ({ params }) => void documents.splice(documents.findIndex((one) => one.id === params.id), 1)],
  ['GET', '/documents/:id/articles', 'any', ({ params, url }) => ({ items: articlesOf(documents.find((one) => one.id === params.id) ?? fail(), url.searchParams.get('version')) })],
  ['GET', '/documents/:id/difference', 'any', ({ params, url }) => difference(documents.find((one) => one.id === params.id) ?? fail(), url.searchParams.get('from'), url.searchParams.get('to'))],
  ['GET', '/documents/:id/timeline', 'any', ({ params }) => timeline(documents.find((one) => one.id === params.id) ?? fail())],
  ['GET', '/documents/:id/pages', 'any', ({ params }) => pages(documents.find((one) => one.id === params.id) ?? fail())],
  ['GET', '/articles/:id/cites', 'any', ({ params }) => cites(params.id)],
  ['GET', '/articles/:id/cited_by', 'any', ({ params }) => citedBy(params.id)],
  ['GET', '/articles/:id/conflicts', 'any', ({ params }) => conflicts(params.id)],
  ['GET', '/collections/:id/gaps', 'any', ({ params }) => gaps(params.id)],
  ['GET', '/collections/:id/freshness', 'any', ({ params }) => freshness(params.id)],
  ['GET', '/articles/:id', null, ({ params }) => makeArticle(params.id) ?? fail()],
  ['POST', '/search', 'any', ({ body }) => explained(body)],
  ['GET', '/reviews', 'any', ({ url, user }) => {
    const state = url.searchParams.get('state') ?? 'pending'
    const rows = [...reviews.values()].filter((one) => (state === 'mine' ? one.asker_id === user.id : (one.state === 'pending') === (state === 'pending')))
    return page(rows.map(({ draft: _draft, history: _history, ...row }) => row), url)
  }],
  ['GET', '/reviews/events', 'any', ({ sse, request }) => {
    const send = sse()
    queueListeners.add(send)
    request.on('close', () => queueListeners.delete(send))
    send('queue', { pending: pendingReviews().length })
  }],
  ['GET', '/reviews/:id', 'any', ({ params, user }) => reviewView(reviews.get(params.id) ?? fail(), user)],
  ['POST', '/reviews/:id/decision', 'any', ({ params, body, user }) => decide(user, reviews.get(params.id) ?? fail(), body)],
  ['POST', '/audit/reading', 'any', ({ body, user, token }) => {
    sessions.get(token).reading = true
    note('audit.read', user, user.id, 'done', body.reason)
    return { expires_at: iso(900_000) }
  }],
  ['GET', '/audit', 'any', ({ user, url }) => {
    const deed = url.searchParams.get('deed')
    const rows = audit.filter((one) => !deed || one.deed === deed).reverse()
    return page(user.reading ? rows : rows.map(({ seq, at, deed: what, outcome, hash }) => ({ seq, at, deed: what, outcome, hash, withheld: true })), url, 50)
  }],
  ['GET', '/audit/verify', 'any', () => ({ entries: audit.length, head: audit.at(-1)?.hash, ok: true, first_bad: null, took_ms: 12 })],
  ['GET', '/system/status', 'any', () => ({ version: '0.1.0', started_at: iso(-93_600_000), uptime_secs: 93_600, store: { engine: 'sqlite', size_bytes: 48_234_496, ok: true }, index: { articles: documents.reduce((sum, one) => sum + one.articles, 0), up_to_date: true }, jobs: { queued: 0, running: 1, failed: 1 }, audit: { entries: audit.length, ok: true, verified_at: iso(-60_000) }, models: [{ ...model, backend: 'extractive', health: 'ready' }, { id: 'deepseek-r1', name: 'DeepSeek-R1', backend: 'openai', health: 'down', level: 'internal', filing_number: '网信算备330110507206401230035号' }], memory_bytes: 168_000_000, disk_free_bytes: 41_000_000_000, sessions: sessions.size })],
  ['GET', '/accounts', 'any', ({ url }) => page(accounts.map(({ password: _password, reading: _reading, ...row }) => row), url, 50)],
  ['POST', '/accounts', 'any', ({ body }) => {
    const made = { id: id('user'), region: '510000', clearance: 'internal', locked: false, roles: [], ...body, department: departments.find((one) => one.id === body.department) ?? null }
    accounts.push(made)
    return { account: made, one_time_password: 'Tmp#8842ab' }
  }],
  ['PATCH', '/accounts/:id', 'any', ({ params, body }) => {
    if ((body.roles ?? []).filter((role) => ['sysadmin', 'security', 'auditor'].includes(role)).length > 1) throw new Fault(400, 'identity.roles_conflict', '三员角色不能兼任', '系统、安全、审计管理员须由三个账号分别担任。')
    return Object.assign(accounts.find((one) => one.id === params.id) ?? fail(), body)
  }],
  ['POST', '/accounts/:id/password', 'any', () => ({ one_time_password: 'Tmp#8842ab' })],
  ...fenceRoutes,
  ['POST', '/guard/deidentify', 'any', ({ body }) => {
    const findings = [...body.text.matchAll(/1[3-9]\d{9}/g)].map((found) => ({ kind: 'mobile', start: found.index, end: found.index + 11, text: found[0], score: 0.98, rule: 'mobile.segment' }))
    return { text: body.text.replace(/(1[3-9]\d)\d{4}(\d{4})/g, '$1****$2'), findings }
  }],
  ['POST', '/guard/screen', 'any', ({ body }) => {
    const at = body.text.indexOf('秘密')
    return { verdict: at < 0 ? 'pass' : 'block', findings: at < 0 ? [] : [{ category: 'secrecy_mark', start: at, end: at + 2, score: 0.95, rule: 'secrecy.mark', action: 'block', part: 'text' }] }
  }],
  ['POST', '/guard/risk', 'any', ({ body }) => ({ verdict: body.text.includes('虚假') ? 'review' : 'pass', findings: body.text.includes('虚假') ? [{ category: 'A1g', start: body.text.indexOf('虚假'), end: body.text.indexOf('虚假') + 2, score: 0.7, rule: 'words.1', action: 'review', why: 'words' }] : [] })],
  ['POST', '/guard/verify', 'any', ({ body }) => ({ supported: false, score: 0.5, claims: [{ text: body.answer, start: 0, end: body.answer.length, verdict: 'unsupported', score: 0.4, evidence: body.evidence.length ? 0 : null, why: 'figure_differs: 三十日 / 十五日' }] })],
  ['GET', '/departments', 'any', () => ({ items: departments })],
  ['GET', '/roles', 'any', () => ({ roles, actions: [...new Set(roles.flatMap((role) => role.actions))] })],
]
function fail() {
  throw missing()
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
function serveFile(url, response) {
  const wanted = join(dist, normalize(url.pathname))
  const path = extname(wanted) && existsSync(wanted) ? wanted : join(dist, 'index.html')
  response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream')
  response.end(readFileSync(path))
}

function match(method, path) {
  for (const [verb, pattern, who, answer] of routes) {
    const names = pattern.split('/')
    const parts = path.split('/')
    if (verb !== method || names.length !== parts.length) continue
    if (!names.every((name, at) => name.startsWith(':') || name === parts[at])) continue
    return { who, answer, params: Object.fromEntries(names.flatMap((name, at) => (name.startsWith(':') ? [[name.slice(1), decodeURIComponent(parts[at])]] : []))) }
  }
  return null
}

async function readBody(request) {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  const raw = Buffer.concat(pieces)
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('application/json')) return { body: JSON.parse(raw.toString() || '{}') }
  if (!type.startsWith('multipart/')) return { body: {} }
  const form = await new Response(raw, { headers: { 'content-type': type } }).formData()
  const part = form.get('file')
  return { body: {}, file: { name: part.name, bytes: Buffer.from(await part.arrayBuffer()) } }
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://local')
  if (url.pathname === '/readyz') return response.end('ok')
  if (!url.pathname.startsWith('/api/v1/')) return serveFile(url, response)
  const token = /sz_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
  const user = sessions.get(token)
  const sse = () => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    const send = (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    send.end = () => response.end()
    return send
  }
  try {
    const found = match(request.method, url.pathname.slice('/api/v1'.length)) ?? fail()
    if (found.who && !user) throw new Fault(401, 'identity.login_needed', '登录已失效', '请重新登录。')
    const sent = await readBody(request)
    const answer = await found.answer({ ...found, ...sent, url, user, token, request, response, sse })
    if (response.headersSent) return
    if (answer === undefined) return response.writeHead(204).end()
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer))
  } catch (cause) {
    const fault = cause instanceof Fault ? cause : new Fault(500, 'server.bug', '服务器内部错误', '请把追踪号交给管理员。', String(cause))
    if (!(cause instanceof Fault)) console.error(cause)
    if (!response.headersSent) response.writeHead(fault.body.status, { 'Content-Type': 'application/problem+json' })
    response.end(JSON.stringify(fault.body))
  }
})

const port = Number(process.env.PORT ?? 8787)
server.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
