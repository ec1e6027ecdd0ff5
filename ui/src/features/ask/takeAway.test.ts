import { expect, test } from 'vitest'
import type { Run } from '~/api/types'
import { copyText } from './takeAway'

const run = {
  run_id: 'run_1', question: '怎么提取？', asked_at: '2026-11-23T00:00:00Z', answer: '可以提取[1]。', notices: [{ code: 'note', text: '以主管部门解释为准。' }],
  label: { text: '本内容由人工智能生成', aigc: { Label: '1', ContentProducer: '001', ProduceID: 'run_1' } },
  citations: [{ n: 1, document: '住房公积金管理条例', label: '第二十四条', quote: '职工有下列\n情形' }],
} as unknown as Run
const words = { sources: '引用' }

test('the label goes with what is copied', () => {
  expect(copyText(run, words)).toBe('可以提取[1]。\n\n引用\n[1] 住房公积金管理条例 第二十四条\n\n本内容由人工智能生成')
})
