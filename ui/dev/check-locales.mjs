/** Fails when the two languages differ in keys, a used key is missing, or Chinese stands in code. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = fileURLToPath(new URL('../src', import.meta.url))
const faults = []

const flat = (value, path = '') =>
  value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([key, inner]) => flat(inner, path ? `${path}.${key}` : key))
    : [[path, value]]

const read = (language, file) => new Map(flat(JSON.parse(readFileSync(join(src, 'locales', language, file), 'utf8'))))
const places = (text) => [...text.matchAll(/{{(\w+)}}/g)].map((found) => found[1]).sort().join()

const files = new Set(['zh-CN', 'en'].flatMap((language) => readdirSync(join(src, 'locales', language))))
const known = new Set()
for (const file of [...files].sort()) {
  const chinese = read('zh-CN', file)
  const english = read('en', file)
  for (const key of new Set([...chinese.keys(), ...english.keys()])) {
    known.add(`${file.replace('.json', '')}:${key}`)
    const [a, b] = [chinese.get(key), english.get(key)]
    if (!a || !b) faults.push(`${file}: ${key} is missing or empty in ${a ? 'en' : 'zh-CN'}`)
    else if (places(a) !== places(b)) faults.push(`${file}: ${key} has different placeholders`)
    else if (/\p{Script=Han}/u.test(b) && key !== 'language.other') faults.push(`${file}: ${key} is Chinese in en`)
  }
}

const code = readdirSync(src, { recursive: true }).filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
for (const path of code) {
  const text = readFileSync(join(src, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (cut) => cut.replace(/[^\n]/g, ' '))
  text.split('\n').forEach((line, index) => {
    // A regular expression over the domain's own words (第…条) is code, not a message.
    if (/\p{Script=Han}/u.test(line.replace(/\/(?:\\.|[^/\n])+\/[gimsuy]*/g, ''))) faults.push(`${path}:${index + 1}: Chinese text in code`)
  })
  const spaces = [...text.matchAll(/useTranslation\(\s*\[?\s*'([\w-]+)'/g)].map((found) => found[1])
  for (const [, key] of text.matchAll(/\bt\('([\w:.-]+)'/g)) {
    const found = key.includes(':') ? known.has(key) : spaces.concat('common').some((space) => known.has(`${space}:${key}`))
    if (!found) faults.push(`${path}: key ${key} is in no locale file`)
  }
}

if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exit(1)
}
console.log(`${known.size} texts, complete in both languages`)
