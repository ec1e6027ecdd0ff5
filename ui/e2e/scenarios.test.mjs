/** The journeys of policies for enterprises, the provident fund, policy consultation and the builder of scenarios. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { startPlatform } from './platform.mjs'

let platform
before(async () => {
  platform = await startPlatform()
})
after(async () => platform?.stop())

/** A person whose console is read too; an answer that is no success is expected where a journey provokes one. */
const person = async (options) => {
  const one = await platform.person(options)
  one.page.on('console', (line) => {
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) one.faults.push(line.text())
  })
  return one
}

/** A page that was just made narrow needs a moment to settle. */
const fits = (page, what, box = 'html') =>
  page
    .waitForFunction((place) => {
      const found = document.querySelector(place)
      return found && found.scrollWidth <= Math.min(window.innerWidth, found.clientWidth)
    }, box, { timeout: 3000 })
    .catch(() => assert.fail(`${what} does not fit 360 px`))
const SMALL = { width: 360, height: 740 }
const WIDE = { width: 1440, height: 900 }

const choose = async (page, field, option) => {
  await page.getByLabel(field, { exact: true }).click()
  await page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: option }).first().click()
  await page.keyboard.press('Escape')
}

/** A unified social credit code with its check digits (GB 32100): of an organisation whose own eight digits are given. */
const creditCode = (organisation) => {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
  const sum = (text, weights, values) => [...text].reduce((all, sign, at) => all + values.indexOf(sign) * weights[at], 0)
  const rest = (11 - (sum(organisation, [3, 7, 9, 10, 5, 8, 4, 2], '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') % 11)) % 11
  const body = `91510104${organisation}${rest === 10 ? 'X' : rest}`
  const last = (31 - (sum(body, Array.from({ length: 17 }, (_, at) => 3 ** at % 31), alphabet) % 31)) % 31
  return body + alphabet[last]
}

test('an enterprise without an account learns what it meets, what it lacks and what it fails', async () => {
  const { page, context, faults } = await person()
  await page.goto('/public/policies')
  await page.getByTestId('profile-name').fill('锦城晴川信息技术有限公司')
  await page.getByTestId('profile-code').fill('91510104MA10000179')
  await page.getByTestId('match').click()
  await page.getByTestId('error-card').getByText('统一社会信用代码有误').waitFor()
  await page.getByTestId('profile-code').fill('91510104MA10000178')
  await page.getByTestId('fact-region').fill('510104')
  await choose(page, '主体类型', '企业法人')
  await choose(page, '企业规模', '小型')
  await choose(page, '资质认定', '科技型中小企业')
  await page.getByTestId('fact-rd_spending').fill('1200000')
  await page.getByTestId('match').click()
  const matches = page.getByTestId('matches')
  await matches.getByTestId('match-missing').first().waitFor()
  const lacks = matches.getByTestId('match-missing').filter({ hasText: '发明专利资助' })
  assert.match(await lacks.getByTestId('mark-satisfied').filter({ hasText: '注册地' }).innerText(), /510104/, 'a division code is no number')
  assert.match(await lacks.getByTestId('mark-missing').filter({ hasText: '严重失信：否' }).innerText(), /请补充：公共信用信息报告/, 'a missing fact says what to supply')
  assert.match(await lacks.innerText(), /第五条/, 'a condition stands beside its clause')
  await platform.picture(page, 'policies-open')
  await matches.getByText(/^不满足 \d+$/).click()
  const fails = matches.getByTestId('match-unsatisfied').filter({ hasText: '研发费用补贴' })
  await fails.locator('summary').click()
  assert.match(await fails.getByTestId('mark-unsatisfied').filter({ hasText: '研发费用' }).innerText(), /不低于 500 万元.*现为 120 万元/s)
  await page.setViewportSize(SMALL)
  await fits(page, 'the matches')
  assert.deepEqual(faults, [])
  await context.close()
})

test('a clerk imports enterprises, is told which cell is wrong, matches one and then all', async () => {
  const { page, context, faults } = await person()
  await platform.login(page, 'clerk', '/policies?tab=enterprises')
  await page.getByTestId('match-enterprise').first().waitFor()
  const code = creditCode(`MA${String(Date.now() % 1_000_000).padStart(6, '0')}`)
  const table = `企业名称,统一社会信用代码,从业人数,营业收入（万元）,备注\n锦城晴川文化有限公司,${code},25,300,\n锦城望江印务有限公司,,三十来个,800,\n锦城浣花茶业有限公司,91510104MA10000179,12,90,\n`
  await page.getByTestId('enterprise-file').setInputFiles({ name: '企业.csv', mimeType: 'text/csv', buffer: Buffer.from(table) })
  const report = page.getByTestId('import-report')
  await report.waitFor()
  const told = await report.innerText()
  assert.match(told, /新增 1 家.*2 行有误/, 'the good row is kept, the others are counted')
  assert.match(told, /第 3 行\s*从业人数\s*“三十来个”读不懂，应为：数字（人）/, 'a cell is told by row and column, and what it takes')
  assert.match(told, /第 4 行\s*统一社会信用代码.*校验码不对/)
  await platform.picture(page, 'enterprises-import')

  const enterprise = page.locator('tr').filter({ hasText: '锦城云启软件有限公司' })
  await enterprise.getByTestId('match-enterprise').click()
  const meets = page.getByTestId('match-satisfied').filter({ hasText: '研发费用补贴' })
  await meets.waitFor()
  assert.match(await meets.innerText(), /62 万元/, 'a tenth of 6.2 million')
  assert.equal(await page.getByTestId('fact-region').inputValue(), '510104')
  await platform.picture(page, 'policies-match')

  await page.getByRole('tab', { name: '批量匹配' }).click()
  await page.getByTestId('begin-batch').click()
  await page.getByTestId('batch-succeeded').first().waitFor()
  const coming = page.waitForEvent('download')
  await page.getByTestId('batch-file').first().click()
  const lines = readFileSync(await (await coming).path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  assert.ok(lines.length >= 13, 'one line for each enterprise')
  await page.setViewportSize(SMALL)
  for (const tab of ['match', 'enterprises', 'batches', 'calculator']) {
    await page.goto(`/policies?tab=${tab}`)
    await page.getByRole('tab', { selected: true }).waitFor()
    await fits(page, `the tab ${tab}`, 'main.shell-main')
  }
  assert.deepEqual(faults, [])
  await context.close()
})

test('a steward sees who gains and who loses before a policy is published', async () => {
  const { page, context, faults } = await person()
  await platform.login(page, 'steward', '/policies?tab=policies')
  await page.getByTestId('policy').filter({ hasText: '发明专利资助' }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByTestId('impact').click()
  await drawer.getByTestId('impact-card').getByText('没有企业受影响').waitFor()
  const patents = drawer.getByTestId('condition').filter({ hasText: '有效发明专利3件以上' }).filter({ hasText: '有效发明专利' }).first()
  await patents.getByLabel('值').fill('10')
  await drawer.getByLabel('金额（元，每次或每单位）').fill('80000')
  await drawer.getByTestId('impact').click()
  await drawer.getByTestId('impact-card').getByText('不再享受').waitFor()
  assert.match(await drawer.getByTestId('impact-card').innerText(), /不再享受 [1-9].*锦城云启软件有限公司/, 'who loses is named')
  await platform.picture(page, 'policy-impact')
  await page.setViewportSize(SMALL)
  await fits(page, 'the editor', '.ant-drawer-body')
  assert.deepEqual(faults, [])
  await context.close()
})

test('a citizen computes to the cent with the article, and a wrong entry says what and where', async () => {
  const { page, context, faults } = await person()
  await page.goto('/public/calculators/provident_fund')
  await page.getByTestId('calculator-loan_limit').click()
  await page.getByTestId('input-months').fill('六个月')
  await page.getByTestId('input-balance').fill('-1')
  await page.getByTestId('input-price').fill('1500000')
  await page.getByTestId('compute').click()
  assert.match(await page.getByTestId('wrong-inputs').innerText(), /有 5 项没填或填错/)
  assert.match(await page.getByTestId('wrong-months').innerText(), /“六个月”不能用，请填 0 到 720 之间的整数/)
  assert.match(await page.getByTestId('wrong-balance').innerText(), /“-1”不能用/)
  assert.equal(await page.getByTestId('wrong-income').innerText(), '请填写')
  assert.equal(await page.getByTestId('wrong-home').innerText(), '请选择')
  assert.equal(await page.getByTestId('wrong-price').count(), 0, 'what is right is left alone')
  assert.equal(await page.locator('[data-testid^="figure-"]').count(), 0)
  await platform.picture(page, 'calculator-wrong')
  await page.getByTestId('input-months').fill('3')
  await page.getByTestId('input-balance').fill('45000')
  await page.getByTestId('input-income').fill('16000')
  for (const [field, option] of [['household', '单方缴存'], ['home', '首套']]) {
    await page.getByTestId(`input-${field}`).click()
    await page.locator('.ant-select-dropdown:visible').getByTitle(option, { exact: true }).click()
  }
  await page.getByTestId('compute').click()
  assert.match(await page.getByTestId('unmet').innerText(), /6个月以上，现为3个月.*第五条/s, 'a condition that fails gives no figure but its article')
  assert.equal(await page.locator('[data-testid^="figure-"]').count(), 0)

  await page.getByTestId('calculator-deposit').click()
  await page.getByTestId('input-wage').fill('12345.67')
  await page.getByTestId('input-own_rate').fill('7.5')
  await page.getByTestId('compute').click()
  const own = page.getByTestId('figure-own')
  await own.waitFor()
  // 12345.67 × 7.5 % = 925.92525.
  assert.match(await own.innerText(), /925\.93 元/)
  assert.match(await own.innerText(), /《住房公积金管理条例》第十六条/)
  assert.match(await page.getByTestId('calculation').innerText(), /示例城市的规则/, 'a sample says that it is one')
  await platform.picture(page, 'calculator')
  await page.setViewportSize(SMALL)
  await fits(page, 'the calculator')
  assert.deepEqual(faults, [])
  await context.close()
})

test('a clerk is asked back, answers with a click, and compares with an older version', async () => {
  const { page, context, faults } = await person({ width: 1280, height: 760 })
  await platform.login(page, 'clerk')
  const ask = async (question) => {
    await page.getByTestId('composer').locator('textarea').fill(question)
    await page.getByTestId('composer').locator('textarea').press('Enter')
  }
  const turn = (at) => page.getByTestId('turn').nth(at)
  await page.getByTestId('scenario-policy_consultation').click()
  await ask('失业保险金可以领多久？')
  await turn(0).getByTestId('follow-up').first().waitFor()
  const companion = turn(0).getByTestId('companion')
  assert.match(await companion.innerText(), /累计缴费（参保）满几年/)
  assert.match(await companion.innerText(), /下一步/)
  await companion.evaluate((card) => card.scrollIntoView({ block: 'end' }))
  await platform.picture(page, 'consultation-asks')
  await companion.getByTestId('follow-up').filter({ hasText: '缴费满五年' }).click()
  await turn(1).getByTestId('answer').waitFor()
  assert.match(await turn(1).getByTestId('answer').innerText(), /满五年不足十年的.*十八个月/, 'the answer is understood with the question before it')
  assert.ok(!/满几年/.test(await turn(1).getByTestId('companion').innerText()), 'what was said is not asked again')
  await ask('那需要什么材料？')
  await turn(2).getByTestId('answer').waitFor()
  const materials = await turn(2).getByTestId('answer').innerText()
  assert.match(materials, /证明/, 'another need is answered by what speaks of it')
  assert.ok(!/十八个月/.test(materials), 'and not with the answer before')

  await page.goto('/workbench')
  await page.getByTestId('scenario-policy_consultation').click()
  await ask('有限责任公司股东的出资应当在几年内缴足？和2020年有什么不同？')
  const changes = turn(0).getByTestId('changes')
  await changes.waitFor()
  const first = changes.locator('li').first()
  assert.match(await changes.locator('summary').innerText(), /共 \d+ 处/, 'how many there are in all is told')
  assert.match(await first.innerText(), /公司法.*2018-10-26 → 2024-07-01/s, 'both versions are named by their day')
  assert.ok(await changes.locator('ins').count() > 0 && await changes.locator('del').count() > 0, 'what came and went is marked')
  await changes.evaluate((list) => list.scrollIntoView({ block: 'start' }))
  await platform.picture(page, 'consultation-versions')
  await page.setViewportSize(SMALL)
  await fits(page, 'the comparison', 'main.shell-main')
  await changes.getByTestId('all-changes').click()
  await page.waitForURL(/\/documents\/[^/]+\/difference\?from=[^&]+&to=.+/)
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.deepEqual(faults, [])
  await context.close()
})

test('a steward builds a scenario, answers the screening, tries its cases and takes it back', async () => {
  const { page, context, faults } = await person()
  await platform.login(page, 'steward', '/scenarios')
  await page.getByTestId('build').click()
  const next = () => page.getByTestId('step-next').click()
  for (let step = 0; step < 3; step += 1) await next()
  assert.match(await page.getByTestId('plan-lacks').innerText(), /标识.*知识库.*高风险筛查还有未答的题/s, 'what is missing is listed with its place')
  assert.ok(await page.getByTestId('plan-save').isDisabled())
  await page.getByTestId('plan-lacks').getByRole('button', { name: '名称', exact: true }).click()

  const id = `labour_window_${Date.now() % 1_000_000}`
  const words = { id, title: '劳动用工咨询', title_en: 'Labour questions', description: '窗口人员查询劳动合同和工时休假的规定。', description_en: 'Contracts, hours and leave, for counter staff.' }
  for (const [field, text] of Object.entries(words)) await page.getByTestId(`plan-${field}`).fill(text)
  await next()
  await page.getByTestId('plan-collections').click()
  await page.locator('.ant-select-dropdown:visible .ant-select-item-option').filter({ hasText: '法律' }).first().click()
  await page.keyboard.press('Escape')
  await next()
  const questions = ['decides', 'scores', 'sensitive_data', 'safety']
  for (const question of questions) await page.getByTestId(`risk-${question}`).getByText('否').click()
  await page.getByTestId('risk-decides').getByText('是', { exact: true }).click()
  await page.getByText('属于高风险', { exact: false }).waitFor()
  await page.getByTestId('plan-reason').fill('窗口会据此告知能否享受待遇。')
  await platform.picture(page, 'builder-screening')
  await next()
  await page.getByTestId('plan-cases').fill([
    '## 试用期上限', '> 试用期最长可以约定多久？', '- status: released', '- cites: 《劳动法》第二十一条', '- says: 六个月', '',
    '## 与业务无关', '> 今天天气怎么样？', '- status: refused', '- code: no_basis', '',
    '## 年休假（期望写错）', '> 职工累计工作满十年的，年休假有几天？', '- status: released', '- says: 三十天', '',
  ].join('\n'))
  await page.getByTestId('plan-check').click()
  assert.match(await page.getByTestId('plan-checked').innerText(), /3 个用例.*高风险：已强制人工复核/s)
  // It only informs: the screening is answered anew, and the answers may go out at once.
  await page.getByRole('button', { name: '上一步' }).click()
  await page.getByTestId('risk-decides').getByText('否', { exact: true }).click()
  await page.getByTestId('plan-reason').fill('')
  await next()
  assert.equal(await page.getByTestId('plan-checked').count(), 0, 'a finding goes when what it found changes')
  await page.getByTestId('plan-check').click()
  await page.getByTestId('plan-checked').getByText('未发现高风险').waitFor()
  await page.getByTestId('plan-save').click()
  await page.getByTestId(`draft-${id}`).click()
  await page.getByTestId('dry-run').click()
  const result = page.getByTestId('dry-run-result')
  await result.waitFor()
  assert.match(await result.innerText(), /试跑 3 个用例，1 个不符/)
  assert.match(await result.locator('li').filter({ hasText: '期望写错' }).innerText(), /不符.*期望答复中有：三十天/s, 'a case that fails says what was wanted')
  await platform.picture(page, 'builder-rehearsal')
  await page.setViewportSize(SMALL)
  await fits(page, 'the draft', '.ant-drawer-body')
  await page.setViewportSize(WIDE)
  await page.getByTestId('take-back').click()
  await page.getByTestId('confirm-take-back').click()
  await page.getByTestId(`draft-${id}`).waitFor({ state: 'detached' })
  await page.setViewportSize(SMALL)
  await fits(page, 'the list of drafts', 'main.shell-main')
  assert.deepEqual(faults, [])
  await context.close()
})
