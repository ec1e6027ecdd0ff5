/** The main journeys through the real platform with real clicks. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { docx } from './docx.mjs'
import { startPlatform } from './platform.mjs'

/** An AI-generated label names both the maker and the making (GB 45438-2025 §6). */
const hasLabel = (text) => /人工智能|AI/.test(text) && /生成|合成|generated/.test(text)

let platform
before(async () => {
  platform = await startPlatform()
})
after(async () => platform?.stop())

const ask = async (page, question) => {
  await page.getByTestId('composer').locator('textarea').fill(question)
  await page.getByTestId('composer').locator('textarea').press('Enter')
}
const scenarioOf = async (page, id) => {
  const found = (await platform.api(page, '/scenarios')).items.find((one) => one.id === id)
  assert.ok(found, `the scenario ${id} is offered`)
  return found
}

test('a wrong password says so, the right one leads to where one wanted to go', async () => {
  const { page, faults } = await platform.person()
  await page.goto('/knowledge')
  await page.getByLabel('用户名').fill('clerk')
  await page.getByLabel('密码', { exact: true }).fill('wrong')
  await page.getByTestId('login-submit').click()
  await page.getByTestId('error-card').waitFor()
  await platform.login(page, 'clerk', page.url())
  await page.waitForURL('**/knowledge')
  assert.deepEqual(faults, [])
  await page.context().close()
})

test('a clerk asks and opens the cited article', async () => {
  const { page, faults } = await platform.person()
  await platform.login(page, 'clerk')
  const scenario = await scenarioOf(page, 'policy_consultation')
  await page.getByTestId('scenario-policy_consultation').click()
  await ask(page, scenario.examples[0])
  await page.getByTestId('answer').waitFor()
  await page.waitForURL(/\/workbench\/.+/)
  assert.ok(hasLabel(await page.getByTestId('turn').getByTestId('aigc-label').innerText()), 'the answer carries the AI-generated label')
  await page.getByTestId('cite-1').first().click()
  const source = page.getByTestId('source-panel')
  await source.getByTestId('source-text').waitFor()
  assert.ok(await source.getByTestId('quote').first().isVisible(), 'the quoted words are marked')
  assert.ok(await source.getByTestId('validity').isVisible(), 'the validity is shown')
  await platform.picture(page, 'workbench')
  await page.getByTestId('up').click()
  await page.locator('[data-testid="up"][aria-pressed="true"]').waitFor()
  await source.getByTestId('open-document').click()
  await page.getByTestId('current-article').waitFor()
  assert.deepEqual(faults, [])
  await page.context().close()
})

test('a sensitive answer is reviewed by another and reaches its asker without a reload', async () => {
  const asker = await platform.person()
  const reviewer = await platform.person()
  await platform.login(reviewer.page, 'reviewer', '/reviews')
  await platform.login(asker.page, 'clerk')
  const scenario = await scenarioOf(asker.page, 'policy_interpretation')
  await asker.page.getByTestId('scenario-policy_interpretation').click()
  await ask(asker.page, scenario.examples[0])
  await asker.page.getByTestId('in-review').waitFor()
  await asker.page.waitForURL(/\/workbench\/.+/)
  assert.equal(await asker.page.getByTestId('answer').count(), 0, 'nothing unreleased is shown')
  await asker.page.evaluate(() => {
    window.notReloaded = true
  })

  const { page } = reviewer
  await page.getByTestId('reviews-pending').waitFor()
  const conversation = new URL(asker.page.url()).pathname.split('/').at(-1)
  const [run] = (await platform.api(asker.page, `/conversations/${conversation}`)).runs
  await page.locator(`[data-testid="review-row"] a[href="/reviews/${run.review_id}"]`).click()
  await page.getByTestId('review-desk').waitFor()
  await page.getByTestId('checks').waitFor()
  await page.getByTestId('review-source-1').waitFor()
  await platform.picture(page, 'review')
  await page.keyboard.press('?')
  await page.getByTestId('key-help').waitFor()
  await page.keyboard.press('Escape')
  await page.getByTestId('key-help').waitFor({ state: 'hidden' })
  await page.getByTestId('approve').click()
  await page.getByTestId('confirm-decision').click()
  await page.getByTestId('confirm-decision').waitFor({ state: 'hidden' })

  await asker.page.getByTestId('answer').waitFor()
  await asker.page.getByTestId('approved').waitFor()
  assert.equal(await asker.page.evaluate(() => window.notReloaded), true, 'the page was not reloaded')
  assert.deepEqual([...asker.faults, ...reviewer.faults], [])
  await asker.context.close()
  await reviewer.context.close()
})

test('a reviewer cannot decide on the own question and is told why', async () => {
  const { page, context, faults } = await platform.person()
  await platform.login(page, 'reviewer')
  const scenario = await scenarioOf(page, 'policy_interpretation')
  await page.getByTestId('scenario-policy_interpretation').click()
  await ask(page, scenario.examples.at(-1))
  await page.getByTestId('in-review').waitFor()
  await page.goto('/reviews?state=submitted')
  await page.getByTestId('review-row').first().getByRole('link').click()
  assert.ok((await page.getByTestId('why-not').innerText()).length > 4)
  assert.equal(await page.getByTestId('approve').count(), 0)
  assert.deepEqual(faults, [])
  await context.close()
})

test('a data steward uploads a docx and asks about it', async () => {
  const { page, context, faults } = await platform.person()
  await platform.login(page, 'steward')
  const scenario = await scenarioOf(page, 'policy_consultation')
  const collection = scenario.collections.at(-1).id
  await page.getByTestId('nav-knowledge').locator('visible=true').click()
  await page.getByTestId(`collection-${collection}`).click()
  // A number of its own keeps it from being a duplicate on a server that has seen this journey before.
  const name = `青禾市共享雨伞管理办法（${Date.now() % 1_000_000}号）`
  const file = docx([name, '第一章 总则', '第一条 为了规范青禾市共享雨伞的投放和使用，制定本办法。', '第二章 使用', '第二条 借用共享雨伞的，应当在借用之日起七日内归还。', '第三条 共享雨伞遗失的，借用人应当在三日内向运营单位报告，并按照二十元的标准赔偿。'])
  await page.getByTestId('upload').locator('input[type=file]').setInputFiles([
    { name: `${name}.docx`, mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', buffer: file },
    { name: '不是文档.docx', mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', buffer: Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(64, 7)]) },
  ])
  const row = page.getByTestId('upload-row')
  await row.filter({ hasText: name }).and(page.locator('[data-phase="done"]')).waitFor()
  await row.filter({ hasText: '不是文档' }).and(page.locator('[data-phase="failed"]')).waitFor()
  assert.match(await row.filter({ hasText: '不是文档' }).innerText(), /[a-z_]+\.[a-z_]+/, 'a failure tells its code')
  await page.getByTestId('document-link').filter({ hasText: '青禾市共享雨伞' }).first().waitFor()
  await platform.picture(page, 'knowledge')
  await page.getByTestId('upload').locator('input[type=file]').setInputFiles([{ name: `${name}.docx`, mimeType: 'application/octet-stream', buffer: file }])
  await row.and(page.locator('[data-phase="duplicate"]')).waitFor()

  await page.getByTestId('nav-workbench').locator('visible=true').click()
  await page.getByTestId('scenario-policy_consultation').click()
  await ask(page, '青禾市共享雨伞遗失后应当在几日内报告？')
  await page.getByTestId('answer').waitFor()
  assert.match(await page.getByTestId('answer').innerText(), /三日/)
  assert.match(await page.getByTestId('turn').innerText(), /青禾市共享雨伞/)

  await page.goto(`/knowledge/${collection}`)
  await page.getByTestId('document-link').filter({ hasText: name }).click()
  await page.getByTestId('delete-document').click()
  await page.getByTestId('confirm-delete').click()
  await page.waitForURL(`**/knowledge/${collection}`)
  await page.getByTestId('document-link').first().waitFor()
  // The list is read again after the deletion: what counts is that the document goes from it.
  await page.getByTestId('document-link').filter({ hasText: name }).waitFor({ state: 'detached' })
  assert.deepEqual(faults, [])
  await context.close()
})

test('a citizen asks on a small screen, without login and without the code of the offices', async () => {
  const { page, context, faults, requests } = await platform.person({ width: 360, height: 740 })
  await page.goto('/public')
  await page.getByTestId('example').first().waitFor()
  await page.getByTestId('question').fill('试用期最长可以约定多久？')
  await page.getByTestId('send').click()
  await page.getByTestId('answer').waitFor()
  assert.ok(hasLabel(await page.getByTestId('turn').getByTestId('aigc-label').innerText()))
  await page.getByTestId('turn').evaluate((turn) => turn.scrollIntoView({ block: 'start' }))
  await platform.picture(page, 'citizen')
  await page.getByTestId('cite-1').first().click()
  await page.getByTestId('source-panel').getByTestId('source-text').waitFor()
  await page.getByTestId('source-close').click()
  await page.getByTestId('call-12345').waitFor()
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 })
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `nothing sticks out at ${width} px`)
  }
  await page.getByTestId('large-print').click()
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing sticks out in large print')
  await page.getByTestId('language').click()
  await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor()
  const outside = requests.filter((url) => !url.startsWith(platform.base) && !url.startsWith('data:') && !url.startsWith('blob:'))
  assert.deepEqual(outside, [], 'nothing is loaded from elsewhere')
  assert.deepEqual(requests.filter((url) => /(Shell|Admin|Workbench|Reviews|Audit)[^/]*\.js/.test(url)), [], 'no code of the offices is loaded')
  assert.deepEqual(faults, [])
  await context.close()
})

test('an auditor reads with a reason and verifies the chain', async () => {
  const { page, context, faults } = await platform.person()
  await platform.login(page, 'auditor', '/audit')
  await page.getByTestId('audit-reason').fill('核查一件群众投诉的答复过程')
  await page.getByTestId('open-reading').click()
  await page.getByTestId('audit-reason').waitFor({ state: 'hidden' })
  await page.getByTestId('verify-chain').click()
  await page.locator('[data-testid="chain"][data-ok="true"]').waitFor()
  await page.getByTestId('audit-row').filter({ hasText: '核查一件群众投诉的答复过程' }).first().waitFor()
  await platform.picture(page, 'audit')
  await page.getByTestId('audit-row').first().click()
  await page.getByTestId('entry').waitFor()
  assert.deepEqual(faults, [])
  await context.close()
})

test('a session that ends brings the user back to the same page after the login', async () => {
  const { page, context, faults } = await platform.person({ language: 'en' })
  await platform.login(page, 'models', '/system')
  await page.getByTestId('tile-store').waitFor()
  await context.clearCookies()
  await page.getByTestId('nav-knowledge').locator('visible=true').click()
  await page.waitForURL(/\/login\?next=/)
  await platform.login(page, 'models', page.url())
  await page.waitForURL('**/knowledge')
  assert.deepEqual(faults, [])
  await context.close()
})
