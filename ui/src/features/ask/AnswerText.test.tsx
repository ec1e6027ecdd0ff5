import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import type { Citation } from '~/api/types'
import { AnswerText } from './AnswerText'
import { Quoted } from './Quoted'

vi.mock('react-i18next', () => ({ useTranslation: () => ({ t: (key: string) => key }) }))
afterEach(cleanup)

const citation = { n: 1, document: '住房公积金管理条例', label: '第二十四条', quote: '可以提取' } as Citation

test('a superscript opens its citation', () => {
  const onCite = vi.fn()
  render(<AnswerText answer="可以提取[1]。" claims={[]} citations={[citation]} onCite={onCite} />)
  fireEvent.click(screen.getByTestId('cite-1'))
  expect(onCite).toHaveBeenCalledWith(citation)
})

test('a statement without support is marked and says so to a screen reader', () => {
  const { container } = render(<AnswerText answer="三日内办结。" claims={[{ text: '三日内办结。', verdict: 'unsupported', citations: [] }]} />)
  const mark = container.querySelector('mark.claim.unsupported')
  expect(mark?.textContent).toContain('三日内办结。')
  expect(container.querySelector('.visually-hidden')?.textContent).toContain('verdict.unsupported')
})

test('text of the answer is never read as HTML', () => {
  const { container } = render(<AnswerText answer={'<img src=x onerror=alert(1)> **粗**'} />)
  expect(container.querySelector('img')).toBeNull()
  expect(container.querySelector('strong')?.textContent).toBe('粗')
})

test('a quote over several lines is marked in each of them', () => {
  render(<Quoted text={'职工有下列情形：\n(一)购买；\n(二)离休'} quote="下列情形：(一)购买；" />)
  expect(screen.getAllByTestId('quote').map((mark) => mark.textContent)).toEqual(['下列情形：', '(一)购买；'])
})
