/** The bank of refusals, reviewers, and several decisions at once: proposed by one, approved by another, read by the asker. */
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

test('other words for a refusal are proposed, approved in a batch after they were seen, and in force', async () => {
  const reviewer = await platform.person()
  const { page } = reviewer
  await platform.login(page, 'reviewer', '/refusals')
  await page.locator('[data-testid=refusal-search] input').fill('A2a')
  await page.getByTestId('refusal-discrimination').waitFor()
  assert.equal(await page.getByTestId('refusal-list').locator('> li').count(), 1)
  await page.locator('[data-testid=refusal-search] input').fill('没有这样的文字')
  await page.getByTestId('refusal-discrimination').waitFor({ state: 'hidden' })
  await page.locator('[data-testid=refusal-search] input').fill('out_of_scope')
  await page.locator('[data-testid="refusal-out_of_scope"][data-current="true"]').waitFor()
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('e')
  await page.getByTestId('refusal-message').fill('本平台不提供这项服务。')
  await page.getByTestId('refusal-why').fill('口径统一')
  await page.getByTestId('propose-refusal').click()
  await page.getByTestId('refusal-waiting').waitFor()
  await platform.picture(page, 'refusals')

  const lead = await platform.person()
  await platform.login(lead.page, 'lead', '/reviews')
  // Not opened yet: named, and left out.
  await lead.page.getByTestId('pick').first().click()
  await lead.page.getByTestId('batch-approve').click()
  await lead.page.getByTestId('batch-left-out').waitFor()
  await lead.page.getByTestId('batch-confirm').click()
  await lead.page.locator('[data-testid="batch-line"][data-done="false"]').waitFor()
  await lead.page.getByTestId('batch-confirm').click()
  await lead.page.getByTestId('review-row').first().getByRole('link').click()
  await lead.page.getByTestId('matter').waitFor()
  await lead.page.keyboard.press('u')
  await lead.page.getByTestId('review-row').first().waitFor()
  await lead.page.keyboard.press('x')
  await lead.page.getByTestId('batch-bar').waitFor()
  await platform.picture(lead.page, 'review-batch')
  await lead.page.keyboard.press('a')
  await lead.page.getByTestId('batch-confirm').click()
  await lead.page.locator('[data-testid="batch-line"][data-done="true"]').waitFor()

  await page.reload()
  await page.getByTestId('refusal-out_of_scope').waitFor()
  assert.match(await page.getByTestId('refusal-out_of_scope').innerText(), /本平台不提供这项服务/)
  assert.match(await page.getByTestId('refusal-out_of_scope').getByTestId('answers-for').innerText(), /许文静/)
  await page.getByTestId('refusal-out_of_scope').getByTestId('refusal-versions').click()
  await page.getByTestId('refusal-version').first().waitFor()
  assert.equal(await page.getByTestId('refusal-version').count(), 1)
  const asker = await platform.person()
  await platform.login(asker.page, 'clerk')
  await ask(asker.page, '写一首关于春天的诗')
  await asker.page.getByText('本平台不提供这项服务').first().waitFor()
  assert.deepEqual([...reviewer.faults, ...lead.faults, ...asker.faults], [])
  for (const one of [reviewer, lead, asker]) await one.context.close()
})

test('a lead says who is competent, and nobody does so for himself', async () => {
  const lead = await platform.person()
  const { page } = lead
  await platform.login(page, 'lead', '/reviews')
  await page.getByTestId('open-reviewers').click()
  await page.getByTestId('absence').waitFor()
  const other = page.getByTestId('reviewer').filter({ hasText: '林晓梅' })
  await other.getByTestId('competences').locator('input').fill('labour')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await other.getByTestId('keep-competences').click()
  await page.waitForFunction(async () => {
    const answer = await fetch('/api/v1/reviewers')
    return (await answer.json()).items.some((one) => one.competences.includes('labour'))
  })
  const own = page.getByTestId('reviewer').filter({ hasText: '许文静' })
  assert.equal(await own.getByTestId('keep-competences').count(), 0)
  await platform.picture(page, 'reviewers')
  assert.deepEqual(lead.faults, [])
  await lead.context.close()
})
