/** Review with an edit that teaches, and an off-switch: what is corrected is remembered, what is off says so. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPlatform } from './platform.mjs'

let platform
before(async () => {
  platform = await startPlatform()
})
after(async () => platform?.stop())

const ask = async (page, question) => {
  await page.getByTestId('composer').locator('textarea').fill(question)
  await page.getByTestId('composer').locator('textarea').press('Enter')
}
const QUESTION = '试用期最长可以约定多久？'

test('a reviewer edits and teaches by keyboard, another countersigns, the library remembers', async () => {
  const asker = await platform.person()
  await platform.login(asker.page, 'clerk')
  await asker.page.getByTestId('scenario-policy_interpretation').click()
  await ask(asker.page, QUESTION)
  await asker.page.getByTestId('in-review').waitFor()

  const reviewer = await platform.person()
  const { page } = reviewer
  await platform.login(page, 'reviewer', '/reviews')
  await page.getByTestId('review-row').first().getByRole('link').click()
  await page.getByTestId('review-desk').waitFor()
  await page.keyboard.press('c')
  await page.getByTestId('claimed').waitFor()
  await page.keyboard.press('e')
  const edit = page.getByTestId('edit-answer')
  await edit.fill('劳动合同期限三年以上的，试用期不得超过六个月。[1]')
  await page.getByTestId('show-diff').click()
  await platform.picture(page, 'review-edit')
  await page.getByTestId('approve').click()
  await page.getByTestId('teach').waitFor()
  await page.getByTestId('confirm-decision').click()
  await page.getByTestId('confirm-decision').waitFor({ state: 'hidden' })
  await asker.page.getByTestId('answer').waitFor()
  assert.match(await asker.page.getByTestId('answer').innerText(), /六个月/)

  await page.goto('/corrections')
  await page.getByTestId('correction').first().waitFor()
  assert.equal(await page.getByTestId('correction').first().getAttribute('data-state'), 'active')
  await platform.picture(page, 'corrections')

  // The very same question: the taught words stand on the desk; this time two people sign.
  await asker.page.goto('/')
  await ask(asker.page, QUESTION)
  await asker.page.getByTestId('in-review').waitFor()
  await page.goto('/reviews')
  await page.getByTestId('review-row').first().getByRole('link').click()
  await page.getByTestId('review-desk').waitFor()
  assert.match(await page.getByTestId('review-desk').innerText(), /三年以上的，试用期不得超过六个月/)
  await page.keyboard.press('s')
  await page.getByTestId('confirm-decision').click()
  await page.getByTestId('confirm-decision').waitFor({ state: 'hidden' })
  const lead = await platform.person()
  await platform.login(lead.page, 'lead', '/reviews')
  await lead.page.getByTestId('review-row').first().getByRole('link').click()
  await lead.page.getByTestId('claim-line').waitFor()
  await lead.page.getByTestId('approve').click()
  await lead.page.getByTestId('confirm-decision').click()
  await asker.page.getByTestId('steered').waitFor()
  assert.deepEqual([...asker.faults, ...reviewer.faults, ...lead.faults], [])
  for (const one of [asker, reviewer, lead]) await one.context.close()
})

test('what is switched off tells citizens so, and serves again when it is on', async () => {
  const officer = await platform.person()
  await platform.login(officer.page, 'security', '/switches')
  const line = officer.page.getByTestId('switch-channel:citizen')
  const flip = async (reason) => {
    await line.getByRole('switch').click()
    await officer.page.getByTestId('switch-reason').fill(reason)
    if (await officer.page.getByTestId('switch-notice').count()) await officer.page.getByTestId('switch-notice').fill('系统升级，预计一小时')
    await officer.page.getByTestId('throw').click()
    await officer.page.getByTestId('throw').waitFor({ state: 'hidden' })
  }
  await flip('应急演练，暂停公众窗口')
  await officer.page.locator('[data-testid="switch-channel:citizen"][data-off="true"]').waitFor()
  await platform.picture(officer.page, 'switches')
  const citizen = await platform.person({ width: 360, height: 780 })
  await citizen.page.goto('/public')
  await citizen.page.getByTestId('maintenance').waitFor()
  assert.match(await citizen.page.getByTestId('maintenance').innerText(), /系统升级/)
  await flip('演练结束，恢复服务')
  await citizen.page.reload()
  await citizen.page.getByTestId('citizen').waitFor()
  assert.equal(await citizen.page.getByTestId('maintenance').count(), 0)
  assert.deepEqual([...officer.faults, ...citizen.faults], [])
  await officer.context.close()
  await citizen.context.close()
})
