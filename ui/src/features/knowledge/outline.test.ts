import { expect, test } from 'vitest'
import { outline } from './knowledge'

const article = (id: string, path: string[]) => ({ id, path, label: id, text: '' })
const names = (nodes: ReturnType<typeof outline>): unknown[] => nodes.map((node) => (node.children ? [node.title, names(node.children)] : node.title))

test('neighbouring articles of one chapter share a node, a chapter that comes again is a new one', () => {
  const tree = outline([article('1', ['一', '甲']), article('2', ['一', '甲']), article('3', ['一', '乙']), article('4', []), article('5', ['一'])])
  expect(names(tree)).toEqual([['一', [['甲', ['1', '2']], ['乙', ['3']]]], '4', ['一', ['5']]])
})

test('an article named like a chapter does not swallow the chapter', () => {
  expect(names(outline([article('一', []), article('2', ['一'])]))).toEqual(['一', ['一', ['2']]])
})
