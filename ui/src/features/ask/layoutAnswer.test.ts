import { expect, test } from 'vitest'
import type { Claim } from '~/api/types'
import { layoutAnswer, liftMarks, locate } from './layoutAnswer'

const claim = (text: string, citations: number[], verdict: Claim['verdict'] = 'supported'): Claim => ({ text, citations, verdict })
const flat = (answer: string, claims: Claim[], numbers: number[]) =>
  layoutAnswer(answer, claims, numbers).map((block) => [
    block.kind,
    block.marker,
    block.spans.map((span) => (span.kind === 'cite' ? `^${span.numbers.join(',')}` : span.verdict && span.verdict !== 'supported' ? `~${span.text}` : span.text)),
  ])

test('marks of known citations become superscripts, others stay text', () => {
  expect(flat('可以提取[1]。依据国发〔2019〕3号[9]。', [], [1])).toEqual([['paragraph', null, ['可以提取', '^1', '。依据国发〔2019〕3号[9]。']]])
})

test('several numbers and neighbouring marks', () => {
  expect(liftMarks('甲[1][2]乙【1、2】', new Set([1, 2]))).toEqual({ text: '甲乙', marks: new Map([[1, [1, 2]], [2, [1, 2]]]) })
})

test('without marks the claims bring their citations to their ends', () => {
  expect(flat('购买住房的可以提取。离休的也可以。', [claim('购买住房的可以提取。', [1]), claim('离休的也可以。', [2])], [1, 2])).toEqual([
    ['paragraph', null, ['购买住房的可以提取。', '^1', '离休的也可以。', '^2']],
  ])
})

test('an unsupported claim is told apart although white space and marks differ', () => {
  expect(flat('先交材料[1]。 三日内办结。', [claim('先交材料。', [1]), claim('三日内 办结。', [], 'unsupported')], [1])).toEqual([
    ['paragraph', null, ['先交材料', '^1', '。', ' ', '~三日内办结。']],
  ])
})

test('lists, headings, quotes and bold', () => {
  expect(flat('## 要点\n1. **提取**：买房\n- 租房\n> 原文\n\n第24条', [], [])).toEqual([
    ['heading', null, ['要点']],
    ['item', '1.', ['提取', '：买房']],
    ['item', '•', ['租房']],
    ['quote', null, ['原文']],
    ['paragraph', null, ['第24条']],
  ])
})

test('a quote is found across line ends', () => {
  expect(locate('职工有下列情形：\n(一)购买；', '情形：(一)购买')).toEqual([5, 14])
  expect(locate('甲', '乙')).toBeNull()
})
