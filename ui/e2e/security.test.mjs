/** The security officer's journeys: trying the guard on a text; what was stopped, rules, words, the fence, places outside, incidents. */
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
  await page.getByRole('tab', { name: '规则测试' }).click()
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

test('the security officer sees what was stopped, switches a rule, edits a word, tries the fence and lets a place in', async () => {
  const asker = await platform.person()
  await platform.login(asker.page, 'models', '/security')
  await asker.page.getByTestId('place-ask').click()
  await asker.page.getByTestId('place-name').fill('city-model')
  await asker.page.getByTestId('place-host').fill('model.example')
  await asker.page.getByTestId('place-addresses').fill('10.20.0.0/16')
  await asker.page.getByTestId('place-why').fill('市级模型')
  await asker.page.getByTestId('place-send').click()
  await asker.page.getByTestId('place-request').filter({ hasText: 'city-model' }).waitFor()
  await asker.context.close()

  const { page, context, faults } = await platform.person()
  const why = async (text) => {
    await page.getByTestId('reason').fill(text)
    await page.getByTestId('reason-done').click()
    await page.getByTestId('reason').waitFor({ state: 'detached' })
  }
  await platform.login(page, 'security', '/security')
  await page.getByTestId('stage-input').click()
  await page.getByTestId('events').waitFor()
  await platform.picture(page, 'security')
  await page.getByTestId('wait-places').click()
  await page.getByTestId('place-approve').click()
  await why('合同已签')
  await page.getByTestId('place').filter({ hasText: 'city-model' }).waitFor()

  await page.getByRole('tab', { name: '规则', exact: true }).click()
  await page.getByTestId('switch-aggregation.identifiers').click()
  await why('误报较多')
  await page.getByTestId('rule').filter({ hasText: '仅观察' }).waitFor()

  await page.getByRole('tab', { name: '词库' }).click()
  await page.getByTestId('words-open').click()
  await page.getByTestId('words-find').fill('赌')
  await page.getByTestId('word').first().waitFor()

  await page.getByRole('tab', { name: '电子围栏' }).click()
  const text = page.getByTestId('fence-text')
  await text.waitFor()
  await platform.picture(page, 'fence')
  const shipped = await text.inputValue()
  await text.fill(shipped.replace('context.zone', 'context.zon'))
  await page.getByTestId('fence-check').click()
  await page.getByTestId('mistake').first().waitFor()
  await text.fill(shipped.replace('resource.level > 0 && context.zone == "internet"', 'context.zone != "machine"'))
  await page.getByTestId('fence-check').click()
  await page.getByTestId('fence-reason').fill('只允许本机')
  await page.getByTestId('fence-save').click()
  await page.getByText('历次版本').waitFor()
  await page.getByTestId('impact-collection').fill('laws')
  await page.getByTestId('impact-run').click()
  await page.getByTestId('impact').getByText('陈思远').waitFor()
  await page.getByTestId('level-confirm').waitFor()

  await page.getByRole('tab', { name: '事件' }).click()
  await page.getByTestId('suspensions').waitFor()
  await page.setViewportSize({ width: 360, height: 740 })
  for (const name of ['态势', '事件', '词库', '出域白名单']) {
    await page.goto(page.url().replace(/tab=.*/, `tab=${{ 态势: 'overview', 事件: 'incidents', 词库: 'words', 出域白名单: 'places' }[name]}`))
    await page.locator('.panel').first().waitFor()
    assert.ok(await page.evaluate(() => document.querySelector('main.shell-main').scrollWidth <= window.innerWidth), `nothing sticks out at 360 px: ${name}`)
  }
  assert.deepEqual(faults, [])
  await context.close()
})
