/** A running platform and a browser for the journeys: by address (SHUZHENG_URL) or started from the binary (SHUZHENG_BIN). */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('../..', import.meta.url))
const PASSWORD = process.env.SHUZHENG_DEMO_PASSWORD ?? 'Shuzheng#2026'
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

function findBrowser() {
  const places = [process.env.SHUZHENG_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  const found = places.find((place) => place && existsSync(place))
  if (!found) throw new Error('no Chromium found: install it or set SHUZHENG_CHROMIUM')
  return found
}

function findBinary() {
  const places = [process.env.SHUZHENG_BIN, join(root, 'target/release/shuzheng'), join(root, 'target/debug/shuzheng')]
  const found = places.find((place) => place && existsSync(place))
  if (!found) throw new Error('no server: set SHUZHENG_URL or SHUZHENG_BIN, or build the binary first')
  return found
}

/** Starts the binary on a free port with fresh demo data and waits for its ready line. */
async function startServer() {
  const data = mkdtempSync(join(tmpdir(), 'shuzheng-e2e-'))
  const child = spawn(findBinary(), ['serve', '--demo', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const last = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    last.push(line)
    if (last.length > 40) last.shift()
  })
  const ended = new Promise((_, fail) => child.once('exit', (code) => fail(new Error(`the server ended with ${code} before it was ready:\n${last.join('\n')}`))))
  ended.catch(() => undefined)
  const ready = new Promise((done) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /listening on (http:\/\/\S+)/.exec(line)
      if (found) done(found[1])
    })
  })
  const url = await Promise.race([ready, ended])
  const stop = async () => {
    const gone = new Promise((done) => child.once('exit', done))
    child.kill('SIGTERM')
    await gone
    rmSync(data, { recursive: true, force: true })
  }
  return { url, stop }
}

export async function startPlatform() {
  const server = process.env.SHUZHENG_URL ? { url: process.env.SHUZHENG_URL, stop: async () => undefined } : await startServer()
  const browser = await chromium.launch({ executablePath: findBrowser(), headless: true, args: FLAGS })
  const base = server.url.replace(/\/$/, '')

  /** A page of its own person: own cookies, faults collected. */
  async function person({ width = 1440, height = 900, language = 'zh-CN' } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, baseURL: base, acceptDownloads: true, timezoneId: 'Asia/Shanghai' })
    await context.addInitScript((chosen) => localStorage.getItem('shuzheng.language') ?? localStorage.setItem('shuzheng.language', chosen), language)
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    const faults = []
    const requests = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('request', (request) => requests.push(request.url()))
    return { page, context, faults, requests }
  }

  async function login(page, username, path = '/') {
    await page.goto(path)
    await page.getByLabel(/用户名|User name/).fill(username)
    await page.getByLabel(/^(密码|Password)$/).fill(PASSWORD)
    await page.getByTestId('login-submit').click()
    await page.getByTestId('user-menu').locator('visible=true').waitFor()
  }

  /** The JSON behind a call made with the page's own session. */
  async function api(page, path) {
    const answer = await page.request.get(`/api/v1${path}`)
    if (!answer.ok()) throw new Error(`GET ${path}: ${answer.status()} ${await answer.text()}`)
    return answer.json()
  }

  async function picture(page, name) {
    if (process.env.SHUZHENG_SCREENSHOTS !== '1') return
    const folder = join(root, 'docs/images')
    mkdirSync(folder, { recursive: true })
    // Pictures show pages at rest: running transitions are brought to their end.
    await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' })
  }

  const stop = async () => {
    await browser.close()
    await server.stop()
  }
  return { base, person, login, api, picture, stop }
}
