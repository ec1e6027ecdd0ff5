/** The official OpenAI client for Node against the gateway: streams, errors, tools, schemas, unicode, vectors. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(`${process.env.MODULES}/`)
const { default: OpenAI } = await import(pathToFileURL(require.resolve('openai')).href)
const client = new OpenAI({ baseURL: `${process.env.BASE_URL}/v1`, apiKey: process.env.KEY, maxRetries: 0 })
const ask = (content, more = {}) => client.chat.completions.create({ model: 'chat', messages: [{ role: 'user', content }], ...more })

const names = (await client.models.list()).data.map((model) => model.id)
assert.ok(names.includes('chat') && names.includes('shuzheng-embedding'), names.join())

const text = '你好，𠮷野家🐼 13800138000'
const whole = await ask(text)
assert.ok(whole.choices[0].message.content.includes(text))
let said = ''
let usage = null
for await (const piece of await ask(text, { stream: true, stream_options: { include_usage: true } })) {
  said += piece.choices[0]?.delta?.content ?? ''
  usage = piece.usage ?? usage
}
assert.equal(said, whole.choices[0].message.content)
assert.equal(usage.total_tokens, 16)

const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }]
const call = (await ask('weather?', { tools })).choices[0].message.tool_calls[0]
assert.deepEqual(JSON.parse(call.function.arguments), { city: '成都' })
const schema = { type: 'json_schema', json_schema: { name: 'term', schema: { type: 'object', properties: {} } } }
assert.deepEqual(JSON.parse((await ask('how long?', { response_format: schema })).choices[0].message.content), { months: 6 })

await assert.rejects(ask('cause an error'), (error) => error.status === 400 && error.code === 'models.rejected')
await assert.rejects(client.chat.completions.create({ model: 'nowhere', messages: [{ role: 'user', content: 'x' }] }), (error) => error.status === 404 && error.code === 'models.no_route')
const vectors = await client.embeddings.create({ model: 'shuzheng-embedding', input: '房东不退押金怎么办' })
assert.ok(vectors.data[0].embedding.length > 10)

const abort = new AbortController()
const slow = await client.chat.completions.create({ model: 'chat', stream: true, messages: [{ role: 'user', content: 'answer slowly' }] }, { signal: abort.signal })
for await (const _ of slow) {
  abort.abort()
  break
}
console.log('openai for Node is served')
