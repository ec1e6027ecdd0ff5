/** The model operator's journey: what is registered, a key, a route, and a narrow screen. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPlatform } from './platform.mjs'

let platform
before(async () => {
  platform = await startPlatform()
})
after(async () => platform?.stop())

test('the model operator sees the models, makes a key that is shown once, and revokes it', async () => {
  const { page, context, faults } = await platform.person()
  await platform.login(page, 'models', '/models')
  await page.getByTestId('model-shuzheng-embedding').waitFor()
  await page.getByTestId('model-extractive').waitFor()
  await platform.picture(page, 'models')
  await page.getByRole('tab').nth(1).click()
  await page.getByTestId('edit-route-default').waitFor()
  await page.getByTestId('impact').waitFor()
  await page.getByRole('tab').nth(4).click()
  await page.getByTestId('new-key').click()
  await page.getByTestId('key-name').fill('e2e')
  await page.getByTestId('key-department').click()
  await page.locator('.ant-select-tree-node-content-wrapper').first().click()
  await page.getByTestId('key-role').click()
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click()
  await page.getByTestId('key-scopes').click()
  await page.keyboard.type('route:default')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await page.locator('.ant-modal-footer .ant-btn-primary').click()
  const secret = await page.getByTestId('key-secret').innerText()
  assert.match(secret, /^sz-[0-9a-f]{64}/)
  await page.locator('.ant-modal-close').last().click()
  await page.getByTestId('revoke-e2e').click()
  await page.locator('.ant-modal-confirm .ant-btn-dangerous').click()
  await page.getByTestId('key-state').filter({ hasText: /./ }).first().waitFor()
  await page.setViewportSize({ width: 360, height: 740 })
  for (let tab = 0; tab < 6; tab++) {
    await page.getByRole('tab').nth(tab).dispatchEvent('click')
    assert.ok(await page.evaluate(() => document.querySelector('main.shell-main').scrollWidth <= window.innerWidth), `nothing sticks out at 360 px on tab ${tab}`)
  }
  assert.deepEqual(faults, [])
  await context.close()
})
