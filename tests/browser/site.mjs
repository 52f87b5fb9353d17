// The real demo on free ports, a browser, and people signed in there.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chromium } from 'playwright-core'

const root = new URL('../../', import.meta.url).pathname
export const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
const pictures = process.env.STORY_PICTURES

/** A running demo: its `url`, `people`, `modbus` and `runs` as it wrote them. */
export class Demo {
  static async start() {
    const demo = new Demo()
    demo.folder = mkdtempSync(join(tmpdir(), 'henglian-story-'))
    await demo.run(0)
    return demo
  }

  async run(port) {
    const ready = join(this.folder, 'ready.json')
    rmSync(ready, { force: true })
    const arrived = new Promise((found) => {
      const watcher = watch(this.folder, () => { if (existsSync(ready)) { watcher.close(); found() } })
    })
    this.process = spawn(join(target, 'debug/demo'), ['--port', String(port), '--data', join(this.folder, 'data'), '--ready-file', ready], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (text) => (said += text))
    const died = new Promise((_, fail) => this.process.once('exit', (code) => fail(new Error(`the demo ended with ${code}:\n${said}`))))
    died.catch(() => {})
    await Promise.race([arrived, died])
    Object.assign(this, JSON.parse(readFileSync(ready)))
  }

  async end() {
    if (!this.process || this.process.exitCode !== null) return
    const ended = new Promise((done) => this.process.once('exit', done))
    this.process.kill('SIGTERM')
    await ended
  }

  async stop() {
    await this.end()
    rmSync(this.folder, { recursive: true, force: true })
  }

  person(role) { return this.people.find((one) => one.role === role) }
}

/** A line to the demo that can be cut: every connection ends, and no new one is taken until it is mended. */
export class Line {
  static async to(url) {
    const line = new Line()
    line.port = Number(new URL(url).port)
    line.open = new Set()
    await line.listen(0)
    return line
  }

  listen(port) {
    this.server = createServer((near) => {
      const far = connect(this.port, '127.0.0.1')
      for (const [one, other] of [[near, far], [far, near]]) {
        this.open.add(one)
        one.on('error', () => other.destroy()).on('close', () => { this.open.delete(one); other.destroy() })
        one.pipe(other)
      }
    })
    return new Promise((done) => this.server.listen(port, '127.0.0.1', () => { this.url = `http://127.0.0.1:${this.server.address().port}`; done() }))
  }

  async cut() {
    const closed = new Promise((done) => this.server.close(done))
    for (const one of this.open) one.destroy()
    await closed
  }

  mend() { return this.listen(Number(new URL(this.url).port)) }
}

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

export async function fillIn(page, person) {
  await page.getByTestId('login-name').fill(person.login)
  await page.getByTestId('login-password').fill(person.password)
  await page.getByTestId('login-submit').click()
}

/** A signed-in page of its own for one person. */
export async function signedIn(browser, site, role, { viewport = { width: 1440, height: 900 }, faults = [], url = site.url } = {}) {
  const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  page.on('pageerror', (error) => faults.push(`${role}: ${error.message}`))
  page.on('console', (message) => {
    // A refused sign-in or review is part of the story; the browser logs its status line as an error.
    if (message.type() === 'error' && !/status of (401|403|409|412|422)/.test(message.text())) faults.push(`${role}: ${message.text()}`)
  })
  await page.goto(url)
  await fillIn(page, site.person(role))
  await page.getByTestId('who').waitFor()
  return page
}

export async function picture(page, name) {
  if (!pictures) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
}
