import { expect, test } from 'vitest'
import { cut, findPlaces } from './find'

const article = (id: string, text: string) => ({ id, label: `第${id}条`, path: [], text })

test('every place is found in reading order, a label too', () => {
  expect(findPlaces([article('一', '解除合同，解除。'), article('二', 'PDF 解除')], '解除')).toEqual([{ article: '一', at: 0 }, { article: '一', at: 5 }, { article: '二', at: 4 }])
  expect(findPlaces([article('一', '依第二条'), article('二', '')], '第二条')).toEqual([{ article: '一', at: 1 }, { article: '二', at: -1 }])
  expect(findPlaces([article('一', 'Pdf')], 'pDF')).toHaveLength(1)
  expect(findPlaces([article('一', 'a')], '  ')).toEqual([])
})

test('the pieces of a cut line make the line again', () => {
  for (const words of ['解除', '同', 'x', '']) expect(cut('解除合同解除', words).map((one) => one.text).join('')).toBe('解除合同解除')
  expect(cut('解除合同解除', '解除').filter((one) => one.found)).toHaveLength(2)
})
