// One story in a real browser on the real demo: a meter is registered and watched, a failed verification is read
// digit by digit and confirmed, the ledger shows it, and an auditor's download recomputes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { Demo, launch, picture, signedIn, target } from './site.mjs'

let site, browser
const faults = []

before(async () => {
  site = await Demo.start()
  browser = await launch()
}, { timeout: 180_000 })

after(async () => {
  await browser?.close()
  await site?.stop()
})

const person = (role) => site.person(role)
const signIn = (role, viewport) => signedIn(browser, site, role, { viewport, faults })

test('a wrong password is refused in words, and the page stays', async () => {
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await page.goto(site.url)
  await page.getByTestId('login-name').fill(person('enterprise').login)
  await page.getByTestId('login-password').fill('not the password')
  await page.getByTestId('login-submit').click()
  assert.ok((await page.getByTestId('login-error').innerText()).length > 3)
  await page.context().close()
})

test('an enterprise registers a meter, test-reads it and sees a live value change', async () => {
  const page = await signIn('enterprise')
  await page.getByTestId('menu-instruments').click()
  await page.getByTestId('instrument-row-m-05').waitFor()
  await page.getByTestId('register-open').click()
  await page.getByTestId('register-profile').selectOption('ddz1187@1')
  await page.getByTestId('register-device').fill('m-09')
  await page.getByTestId('register-name').fill('办公楼电能表')
  await page.getByTestId('register-serial').fill('DDZ1187-260209')
  const [host, port] = site.modbus.split(':')
  await page.getByTestId('register-host').fill(host)
  await page.getByTestId('register-port').fill(port)
  await page.getByTestId('register-period').fill('1')

  // A unit that does not answer is told as such, and nothing typed is lost.
  await page.getByTestId('register-unit').fill('99')
  await page.getByTestId('register-probe').click()
  await page.getByTestId('probe-failed').waitFor()
  await page.getByTestId('register-unit').fill('10')
  await page.getByTestId('register-probe').click()
  const values = page.getByTestId('probe-values')
  await values.waitFor()
  assert.match(await values.innerText(), /energy\.active\.import[\s\S]*\d+\.\d{2}/)
  await picture(page, 'register')
  await page.getByTestId('register-save').click()

  const live = page.getByTestId('live-value-energy.active.import')
  await live.waitFor()
  const first = await live.innerText()
  assert.match(first, /^\d+\.\d{2} kWh$/)
  await page.waitForFunction(
    (old) => document.querySelector('[data-testid="live-value-energy.active.import"]').innerText !== old, first,
  )
  await picture(page, 'instrument')
  await page.context().close()
})

test('a normal meter that does not answer, with a certificate that has ended, is nowhere green', async () => {
  const page = await signIn('enterprise')
  const { rows } = await (await page.request.get(`${site.url}/api/v1/instruments?q=m-05`)).json()
  const { id, version, status, next_check_on, created_at, condition, ...draft } = rows[0]
  const access = { ...draft.access, kind: 'modbus-tcp', host: '127.0.0.1', port: 1, unit: 99 }
  const traceability = { certificate_no: 'Z-1', issued_by: '某计量院', issued_on: '2020-01-01', due_on: '2021-01-01', u95_percent: null, k: null }
  const headers = { 'x-requested-with': 'henglian' }
  const made = await page.request.post(`${site.url}/api/v1/instruments`, { headers, data: { ...draft, device: 'm-19', name: '断线电能表', serial: 'X-19', access, traceability, master_id: null } })
  assert.equal(made.status(), 201, await made.text())
  await page.goto(site.url)
  assert.match(await page.getByTestId('normal-in-doubt').innerText(), /台通信或证书异常/)
  assert.equal(await page.locator('[data-testid=count-normal].normal').count(), 0)
  await picture(page, 'overview')
  await page.getByTestId('menu-instruments').click()
  await page.getByTestId('filter-validity').selectOption('ended')
  const row = page.getByTestId('instrument-row-m-19')
  await row.waitFor()
  await page.getByTestId('instrument-row-m-05').waitFor({ state: 'detached' })
  assert.match(await row.innerText(), /正常[\s\S]*从未通信[\s\S]*证书过期[\s\S]*2021-01-01/)
  assert.equal(await row.locator('.tag.normal, .tag.good').count(), 0)
  await picture(page, 'ledger-ended')
  await row.getByRole('link').click()
  await page.getByTestId('stream-state').waitFor()
  await page.getByTestId('communication-never-seen').waitFor()
  assert.equal(await page.locator('h1 .tag.normal, h1 .tag.good').count(), 0)
  await picture(page, 'instrument-silent')
  await page.getByRole('button', { name: 'English' }).click()
  assert.match(await page.locator('h1').innerText(), /never seen[\s\S]*certificate ended/)
  await page.context().close()
})

test('a reviewer reads the failed verification and confirms it; the ledger shows the new state', async () => {
  const failed = site.runs.find((one) => one.device === 'm-05')
  assert.equal(failed.verdict, 'does-not-conform')

  // The operator's own page offers no confirmation.
  const operator = await signIn('operator')
  await operator.goto(`${site.url}/runs/${failed.id}`)
  await operator.getByTestId('verdict').waitFor()
  assert.equal(await operator.getByTestId('confirm-button').count(), 0)
  await operator.context().close()

  const page = await signIn('reviewer')
  await page.getByTestId('menu-instruments').click()
  const tag = page.getByTestId('instrument-row-m-05').getByTestId('status-tag')
  assert.equal(await tag.innerText(), '正常')
  await page.getByTestId('menu-runs').click()
  await page.getByTestId(`run-row-${failed.id}`).click()
  assert.equal(await page.getByTestId('verdict').innerText(), '不符合')
  const rounded = (await page.getByTestId('point-rounded').allInnerTexts()).filter((one) => one !== '—')
  assert.ok(rounded.length > 0 && rounded.every((one) => one === '-1.80'), rounded.join(' '))
  await picture(page, 'run-failed')

  // Somebody else's page is one step behind: it is refused with the reason, and nothing happens twice.
  const stale = await page.context().newPage()
  await stale.goto(`${site.url}/runs/${failed.id}`)
  await stale.getByTestId('confirm-button').waitFor()

  await page.getByTestId('confirm-note').fill('逐位核对')
  await page.getByTestId('confirm-button').click()
  await page.getByText('已核验').first().waitFor()
  await stale.getByTestId('confirm-button').click()
  assert.ok((await stale.getByTestId('review-error').innerText()).length > 3)

  await page.getByTestId('menu-instruments').click()
  assert.equal(await tag.innerText(), '送检')
  await picture(page, 'ledger')
  await page.context().close()
})

test('an auditor downloads the bundle, and it recomputes digit for digit', async () => {
  const failed = site.runs.find((one) => one.device === 'm-05')
  const page = await signIn('auditor')
  await page.goto(`${site.url}/runs/${failed.id}`)
  await page.getByTestId('verdict').waitFor()
  assert.equal(await page.getByTestId('confirm-button').count(), 0)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('bundle-download').click()])
  const bundle = join(site.folder, 'bundle.json')
  await download.saveAs(bundle)
  const henglian = join(target, 'debug/henglian')
  assert.match(execFileSync(henglian, ['recheck', bundle], { encoding: 'utf8' }), /AGREES/)

  const forged = join(site.folder, 'forged.json')
  writeFileSync(forged, readFileSync(bundle, 'utf8').replace('-1.80', '-0.40'))
  assert.throws(() => execFileSync(henglian, ['recheck', forged], { stdio: 'pipe' }))
  await page.context().close()
})

test('an operator plans a check; it stands in the list with its date', async () => {
  const page = await signIn('operator')
  await page.getByTestId('menu-plans').click()
  await page.getByTestId('due-m-03').waitFor()
  await page.getByTestId('plan-new').click()
  const day = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)
  await page.getByTestId('plan-due').fill(day)
  await page.locator('form select').nth(1).selectOption({ label: 'm-05 循环水泵电能表' })
  await page.getByTestId('plan-save').click()
  assert.match(await page.getByTestId('due-m-05').innerText(), new RegExp(day))
  await picture(page, 'plans')
  await page.context().close()
})

test('an administrator approves a procedure that an operator then judges by', async () => {
  const admin = await signIn('administrator')
  await admin.getByTestId('menu-procedures').click()
  await admin.getByTestId('procedure-digital-pressure-gauge-online').getByRole('link').click()
  await admin.getByTestId('procedure-state').waitFor()
  await picture(admin, 'procedure-draft')
  await admin.getByTestId('approve-edition').fill('2019')
  await admin.getByTestId('approve-clause').fill('5.2、6.3')
  await admin.getByTestId('approve-date').fill('2020-03-31')
  await admin.getByTestId('approve').click()
  await admin.getByText('已批准').first().waitFor()
  await admin.goto(`${site.url}/procedures`)
  await admin.getByTestId('procedure-digital-pressure-gauge-online').first().waitFor()
  await picture(admin, 'procedures')
  await admin.context().close()

  const page = await signIn('operator')
  await page.goto(`${site.url}/procedures`)
  await page.getByTestId('procedure-text').fill('format = 2\nid = 5')
  await page.getByTestId('procedure-enter').click()
  assert.match(await page.getByTestId('procedure-refusal').innerText(), /第 2 行/)
  await page.goto(`${site.url}/runs/new`)
  await page.getByTestId('choose-procedure').selectOption('digital-pressure-gauge-online')
  await page.getByTestId('value-FS').fill('1600')
  await page.getByTestId('value-U_ref').fill('0.4')
  await page.getByTestId('run-subject').selectOption({ index: await index(page, 'run-subject', 'pt-02') })
  await page.getByTestId('run-reference').selectOption({ index: await index(page, 'run-reference', 'pt-01') })
  await picture(page, 'run-start-procedure')
  await page.getByTestId('run-judge').click()
  await page.getByTestId('verdict').waitFor()
  await page.waitForLoadState('networkidle')
  await picture(page, 'run-procedure')
  await page.getByTestId('point-mean').first().waitFor({ timeout: 5_000 })
  await page.locator('details:has([data-testid=budget]) summary').first().click()
  await page.waitForLoadState('networkidle')
  await picture(page, 'run-procedure')
  assert.ok(!(await page.locator('main').innerText()).includes('草案'), 'an approved procedure is no draft')
  await page.context().close()
})

test('a laboratory enters a period check of its own and reads its control charts', async () => {
  const page = await signIn('operator')
  const chart = (await (await page.request.get(`${site.url}/api/v1/procedures`)).json()).find((one) => one.id === 'period-check-chart')
  const { text } = await (await page.request.get(`${site.url}/api/v1/procedures/${chart.sha256}`)).json()
  // A point of the chart every two hours, because the demo has a week of readings and not two months.
  const own = text.replace('"period-check-chart"', '"pressure-check-chart"').replace('seconds = 86400', 'seconds = 7200').replace('least_readings = 20', 'least_readings = 6')
  await page.goto(`${site.url}/procedures`)
  await page.getByTestId('procedure-text').fill(own)
  await page.getByTestId('procedure-enter').click()
  await page.getByTestId('procedure-state').waitFor()
  await picture(page, 'procedure-check')
  await page.goto(`${site.url}/runs/new`)
  await page.getByTestId('run-kind').selectOption('period-check')
  await page.getByTestId('choose-procedure').selectOption('pressure-check-chart')
  await page.getByTestId('run-subject').selectOption({ index: await index(page, 'run-subject', 'pt-02') })
  await page.getByTestId('run-reference').selectOption({ index: await index(page, 'run-reference', 'pt-01') })
  await page.getByTestId('choose-point').selectOption('pressure')
  await page.getByTestId('value-mpev').fill('3.2')
  const from = page.locator('input[type=datetime-local]').first()
  await from.fill(await from.evaluate((field) => { const time = new Date(new Date(field.value).getTime() - 4 * 86_400_000); return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) }))
  await picture(page, 'run-start-check')
  await page.getByTestId('run-judge').click()
  await page.getByTestId('control-chart').waitFor({ timeout: 10_000 })
  await page.waitForLoadState('networkidle')
  await picture(page, 'run-chart')
  assert.match(await page.locator('main').innerText(), /不提供溯源性/)
  assert.ok((await page.getByTestId('control-chart').locator('svg').count()) === 3, 'three charts')
  await page.getByTestId('drift-points').waitFor()
  site.charted = page.url().split('/').pop()
  await page.context().close()
})

/** The place of an option that begins with the device. */
async function index(page, testId, device) {
  const texts = await page.getByTestId(testId).locator('option').allInnerTexts()
  const found = texts.findIndex((text) => text.startsWith(device))
  assert.ok(found >= 0, `${device} among ${texts.join('; ')}`)
  return found
}

test('every page fits a phone', async () => {
  const page = await signIn('administrator', { width: 375, height: 812 })
  const failed = site.runs.find((one) => one.device === 'm-05')
  const check = site.runs.find((one) => one.device === 'ref-1')
  const pages = { overview: '', instruments: 'instruments', register: 'instruments/new', runs: 'runs', start: 'runs/new', run: `runs/${failed.id}`, check: `runs/${check.id}`, chart: `runs/${site.charted}`, plans: 'plans', procedures: 'procedures', estimates: 'estimates', audit: 'audit', instrument: `instruments/${failed.instrument ?? 6}` }
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(`${site.url}/${path}`)
    await page.locator('main h1, main [data-testid=verdict]').first().waitFor()
    await page.waitForLoadState('networkidle')
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(wide <= 375, `${name} is ${wide} px wide`)
    await picture(page, `phone-${name}`)
  }
  await page.context().close()
})

test('no page has logged an error', () => assert.deepEqual(faults, []))
