/** The operator's journey: a call is written down, drafts a work order with reasons, and the order goes to its department. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPlatform } from './platform.mjs'

let platform
before(async () => {
  platform = await startPlatform()
})
after(async () => platform?.stop())

const fits = (page) => page.evaluate(() => document.querySelector('main.shell-main').scrollWidth <= window.innerWidth)

test('an operator takes a call, adopts the draft and dispatches the work order', async () => {
  const { page, context, faults } = await platform.person()
  await platform.login(page, 'operator', '/hotline')
  await page.getByTestId('order-card').first().waitFor()
  await platform.picture(page, 'hotline-desk')
  await page.getByTestId('take-call').first().click()
  const say = async (text) => {
    await page.getByTestId('say').fill(text)
    await page.getByTestId('say').press('Enter')
    await page.getByTestId('transcript').getByText(text, { exact: true }).waitFor()
  }
  await say('锦东区滨江花园旁边的工地夜间施工，凌晨两点还在打桩，睡不着。')
  await say('请问夜间施工有什么规定？')
  await page.getByTestId('follow-ups').locator('li').first().waitFor()
  await page.getByTestId('similar').locator('li').first().waitFor()
  await page.getByTestId('suggested-answer').locator('.muted').first().waitFor()
  await platform.picture(page, 'hotline-call')
  await page.getByTestId('make-order').click()
  await page.getByTestId('stand').waitFor()
  assert.equal(await page.getByTestId('stand').innerText(), '待受理')
  for (const move of ['accept', 'dispatch']) {
    await page.getByTestId(`move-${move}`).click()
    await page.locator('[data-testid="step-ok"]:not([disabled])').click()
    await page.getByTestId('step-ok').waitFor({ state: 'detached' })
  }
  await page.getByTestId('stand').getByText('待签收').waitFor()
  await platform.picture(page, 'hotline-order')
  await page.setViewportSize({ width: 360, height: 740 })
  assert.ok(await fits(page), 'the work order fits 360 px')
  for (const path of ['/hotline', '/hotline/list', '/hotline/hot']) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    assert.ok(await fits(page), `${path} fits 360 px`)
  }
  assert.deepEqual(faults, [])
  await context.close()
})

test('hot issues show what many call about, and a broken table says where', async () => {
  const { page, context, faults, requests } = await platform.person()
  await platform.login(page, 'operator', '/hotline/hot')
  await page.getByTestId('issues').locator('li').first().waitFor()
  await platform.picture(page, 'hotline-hot')
  assert.ok(requests.every((address) => address.startsWith(platform.base)), 'no picture comes from outside')
  await page.goto('/hotline/list')
  await page.getByTestId('import').click()
  const table = 'kind,content\nshout,路灯坏了\nhelp,路灯坏了\n'
  await page.locator('input[type=file]').setInputFiles({ name: 'tickets.csv', mimeType: 'text/csv', buffer: Buffer.from(table) })
  await page.getByTestId('import-problems').getByText('第 2 行', { exact: false }).waitFor()
  assert.deepEqual(faults, [])
  await context.close()
})
