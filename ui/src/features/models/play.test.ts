import { expect, test } from 'vitest'
import { heard, NOTHING } from './play'

test('an answer is put together from its pieces and an error ends it', () => {
  let told = heard(NOTHING, { choices: [{ delta: { role: 'assistant', content: '' } }] }, 5)
  expect(told.first).toBeNull()
  told = heard(told, { choices: [{ delta: { reasoning_content: 'why' } }] }, 10)
  told = heard(told, { choices: [{ delta: { content: 'six ' } }] }, 20)
  told = heard(told, { choices: [{ delta: { content: 'months' } }] }, 30)
  told = heard(told, { choices: [], usage: { completion_tokens: 7 } }, 40)
  expect(told).toMatchObject({ content: 'six months', reasoning: 'why', first: 10, tokens: 7 })
  expect(heard(told, '[DONE]', 50)).toEqual(told)
  expect(() => heard(told, { error: { message: 'no', code: 'models.broken' } }, 60)).toThrow('no')
})
