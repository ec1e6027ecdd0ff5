import { expect, test } from 'vitest'
import { EventCutter } from './sse'

test('events cut at any byte come out whole and in order', () => {
  const text = ': hello\n\nevent: step\ndata: {"name":"screen"}\n\nevent: segment\r\ndata: {"text":"第一"}\r\n\r\n'
  for (let at = 0; at <= text.length; at++) {
    const cutter = new EventCutter()
    const events = [...cutter.push(text.slice(0, at)), ...cutter.push(text.slice(at))]
    expect(events.map((e) => [e.event, e.data])).toEqual([
      ['step', { name: 'screen' }],
      ['segment', { text: '第一' }],
    ])
  }
})

test('several data lines are one text', () => {
  expect(new EventCutter().push('data: a\ndata: b\n\n')).toEqual([{ event: 'message', id: null, data: 'a\nb' }])
})
