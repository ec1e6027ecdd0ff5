/** The security officer's journey: trying the guard on a text. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPlatform } from './platform.mjs'

let platform
before(async () => {
  platform = await startPlatform()
})
after(async () => platform?.stop())

test('the security officer pastes a text and sees every finding with its rule', async () => {
  const { page, context, faults } = await platform.person()
  await platform.login(page, 'security', '/security')
  await page.getByTestId('test-text').fill('联系电话13800138000，请尽快回复。')
  await page.getByTestId('test-run').click()
  await page.getByTestId('finding').filter({ hasText: '13800138000' }).waitFor()
  assert.doesNotMatch(await page.getByTestId('replaced').innerText(), /13800138000/)
  await page.setViewportSize({ width: 360, height: 740 })
  assert.ok(await page.evaluate(() => document.querySelector('main.shell-main').scrollWidth <= window.innerWidth), 'nothing sticks out at 360 px')
  await page.getByText('输出风险', { exact: true }).click()
  await page.getByTestId('test-run').click()
  await page.getByTestId('verdict').waitFor()
  assert.deepEqual(faults, [])
  await context.close()
})
