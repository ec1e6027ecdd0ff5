/** Journeys of a data steward: files with defects, two versions side by side, the validity of a law, and the retrieval taken apart. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { docx } from './docx.mjs'
import { scannedPdf } from './pdf.mjs'
import { startPlatform } from './platform.mjs'

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
/** A number of its own keeps a file from being a duplicate on a server that has seen this journey before. */
const own = () => Date.now() % 1_000_000_000

let platform
before(async () => {
  platform = await startPlatform()
})
after(async () => platform?.stop())

/** A steward in the first collection of the consultation scenario. */
async function steward(size) {
  const { page, context, faults } = await platform.person(size)
  await platform.login(page, 'steward')
  const scenario = (await platform.api(page, '/scenarios')).items.find((one) => one.id === 'policy_consultation')
  const collection = scenario.collections.at(-1).id
  await page.goto(`/knowledge/${collection}`)
  await page.getByTestId('upload').waitFor()
  const row = (name, phase) => page.getByTestId('upload-row').filter({ hasText: name }).and(page.locator(phase ? `[data-phase="${phase}"]` : '*'))
  const send = (files) => page.getByTestId('upload').locator('input[type=file]').setInputFiles(files)
  const end = async () => {
    assert.deepEqual(faults, [])
    await context.close()
  }
  return { page, collection, row, send, end, scenario }
}

const rules = (name, days, last) => docx([name, '第一章 总则', '第一条 为了规范共享雨伞的投放和使用，制定本办法。', '第二章 使用', `第二条 借用共享雨伞的，应当在借用之日起${days}日内归还。`, '第三条 共享雨伞遗失的，借用人应当向运营单位报告。', last])

test('a scanned page is told beside its page, an empty file without a trip, and leaving the page loses nothing', async () => {
  const { page, collection, row, send, end } = await steward()
  const name = `扫描件-${own()}.pdf`
  await send([
    { name, mimeType: 'application/pdf', buffer: scannedPdf(`Article 1 These rules, number ${own()}, apply to shared umbrellas.`) },
    { name: '空文件.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
  ])
  await row('空文件', 'failed').waitFor()
  await page.getByTestId('nav-workbench').locator('visible=true').click()
  await page.getByTestId('composer').waitFor()
  await page.getByTestId('nav-knowledge').locator('visible=true').click()
  await page.getByTestId(`collection-${collection}`).click()
  await row(name, 'done').waitFor()
  await row(name).getByTestId('upload-defects').waitFor()
  await platform.picture(page, 'upload')
  await row(name).getByTestId('upload-defects').getByRole('link').click()
  await page.getByTestId('pages').waitFor()
  assert.match(await page.getByTestId('page-defects').innerText(), /needs_ocr/)
  await end()
})

test('a second version of a document is compared with the first, word by word', async () => {
  const { page, row, send, end } = await steward()
  const name = `青禾市共享雨伞使用办法（${own()}号）`
  const file = (buffer) => [{ name: `${name}.docx`, mimeType: DOCX, buffer }]
  await send(file(rules(name, '七', '第四条 本办法自2024年1月1日起施行。')))
  await row(name, 'done').waitFor()
  await page.getByTestId('upload-clear').click()
  await send(file(rules(name, '十五', '第四条 本办法自2025年1月1日起施行。')))
  await row(name, 'done').waitFor()
  await page.getByTestId('document-link').filter({ hasText: name }).first().click()
  await page.getByTestId('open-difference').click()
  await page.getByTestId('difference').waitFor()
  const second = page.getByTestId('diff-row').filter({ hasText: '第二条' })
  assert.equal(await second.getAttribute('data-kind'), 'changed')
  assert.match(await second.locator('del').first().innerText(), /七/)
  assert.match(await second.locator('ins').first().innerText(), /十五/)
  assert.equal(await page.getByTestId('diff-row').filter({ hasText: '第一条' }).count(), 0, 'unchanged articles are folded away')
  await page.getByTestId('only-changes').click()
  await page.getByTestId('diff-row').filter({ hasText: '第一条' }).waitFor()
  await page.keyboard.press('j')
  assert.match(await page.getByTestId('place').innerText(), /1/)
  await page.locator('[data-testid="diff-row"][aria-current="true"]').waitFor()
  const saved = page.waitForEvent('download')
  await page.getByTestId('save-difference').click()
  assert.match(readFileSync(await (await saved).path(), 'utf8'), /十五日内归还/)
  await platform.picture(page, 'difference')
  await page.setViewportSize({ width: 360, height: 740 })
  assert.ok(await page.evaluate(() => document.querySelector('main.shell-main').scrollWidth <= window.innerWidth), 'nothing sticks out at 360 px')
  await end()
})

test('a law shows its time line, what stands around an article, and is walked and searched by keys', async () => {
  const { page, scenario, end } = await steward()
  const lists = await Promise.all(scenario.collections.map((one) => platform.api(page, `/collections/${one.id}/documents?limit=200`)))
  const law = lists.flatMap((list) => list.items).find((one) => one.title.includes('劳动合同法') && one.articles > 90)
  assert.ok(law, 'the demo has the labour contract law')
  await page.goto(`/documents/${law.id}`)
  await page.getByTestId('timeline').waitFor()
  await page.getByTestId('timeline-item').first().waitFor()
  await page.getByTestId('reader').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('竞业限制')
  await page.getByTestId('find-count').filter({ hasText: /1/ }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByTestId('reader').getByRole('button', { name: '第三十九条', exact: true }).click()
  await page.getByTestId('current-article').filter({ hasText: '第三十九条' }).waitFor()
  await page.getByTestId('cited_by').getByRole('listitem').first().waitFor()
  await platform.picture(page, 'article')
  await page.keyboard.press('j')
  await page.getByTestId('current-article').filter({ hasText: '第四十条' }).waitFor()
  await page.goto(`/documents/${law.id}?as_of=2020-05-01`)
  await page.getByTestId('timeline-answer').waitFor()
  assert.match(await page.getByTestId('timeline-answer').innerText(), /2020-05-01/)
  await platform.picture(page, 'timeline')
  await end()
})

test('the retrieval test takes a score apart, compares two days, and gives marks and results away', async () => {
  const { page, scenario, end } = await steward()
  await page.goto(`/knowledge/${scenario.collections[0].id}?tab=search`)
  await page.getByTestId('search-query').fill('劳动合同试用期最长可以约定多久')
  await page.getByTestId('search-submit').click()
  const first = page.getByTestId('hit').first()
  await first.waitFor()
  assert.ok((await first.locator('.score-parts li').count()) >= 1, 'the parts of the score are named')
  await first.getByTestId('mark').click()
  const pairs = page.waitForEvent('download')
  await page.getByTestId('save-pairs').click()
  const pair = JSON.parse(readFileSync(await (await pairs).path(), 'utf8').trim())
  assert.deepEqual(Object.keys(pair), ['query', 'positive'])
  const table = page.waitForEvent('download')
  await page.getByTestId('save-results').click()
  assert.match(readFileSync(await (await table).path(), 'utf8'), /试用期/)
  await platform.picture(page, 'retrieval')
  await page.getByTestId('compare').click()
  await page.getByTestId('search-query-2').fill('试用期被辞退')
  await page.getByTestId('search-submit').click()
  await page.getByTestId('found').nth(1).waitFor()
  await page.getByTestId('found').nth(1).getByTestId('hit').first().waitFor()
  await page.goto(`/knowledge/${scenario.collections[0].id}?tab=health`)
  await page.getByTestId('freshness').waitFor()
  await page.getByTestId('gaps').waitFor()
  await platform.picture(page, 'freshness')
  await end()
})
