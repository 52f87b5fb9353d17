// What a person meets when a session ends, a server fails or restarts, and a line is cut: it is told, nothing typed is
// lost, and the page recovers by itself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Demo, Line, fillIn, launch, picture, signedIn } from './site.mjs'

let site, browser

before(async () => {
  site = await Demo.start()
  browser = await launch()
}, { timeout: 180_000 })

after(async () => {
  await browser?.close()
  await site?.stop()
})

/** Ends the session on the server; the page does not know. */
const endSession = (page) => page.request.delete(`${new URL(page.url()).origin}/api/v1/session`, { headers: { 'x-requested-with': 'henglian' } })

async function fillMeter(page) {
  await page.goto(`${site.url}/instruments/new`)
  await page.getByTestId('register-profile').selectOption('ddz1187@1')
  await page.getByTestId('register-device').fill('m-20')
  await page.getByTestId('register-name').fill('二号楼电能表')
  await page.getByTestId('register-serial').fill('DDZ1187-20')
  const [host, port] = site.modbus.split(':')
  await page.getByTestId('register-host').fill(host)
  await page.getByTestId('register-port').fill(port)
  await page.getByTestId('register-unit').fill('10')
}

test('a session that ends in the middle of a form: signed in again in place, the call goes on, nothing typed is lost', async () => {
  const page = await signedIn(browser, site, 'enterprise')
  await fillMeter(page)
  await endSession(page)
  await page.getByTestId('register-probe').click()
  await page.getByTestId('sign-in-again').waitFor()
  await picture(page, 'sign-in-again')
  assert.equal(await page.getByTestId('login-name').inputValue(), site.person('enterprise').login)

  // A slip of the hand is told there, and the dialog stays.
  await fillIn(page, { ...site.person('enterprise'), password: 'not the password' })
  await page.getByTestId('login-error').waitFor()
  await fillIn(page, site.person('enterprise'))
  await page.getByTestId('probe-values').waitFor()
  assert.equal(await page.getByTestId('sign-in-again').isVisible(), false)
  assert.equal(await page.getByTestId('register-name').inputValue(), '二号楼电能表')
  await page.context().close()
})

test('who signs in as another person begins anew, and what the first one was doing is not done in his name', async () => {
  const page = await signedIn(browser, site, 'enterprise')
  await fillMeter(page)
  await endSession(page)
  await page.getByTestId('register-save').click()
  await page.getByTestId('sign-in-again').waitFor()
  const saved = []
  page.on('request', (request) => { if (request.method() === 'POST' && request.url().endsWith('/instruments')) saved.push(request.url()) })
  await Promise.all([page.waitForEvent('load'), fillIn(page, site.person('administrator'))])
  await page.getByTestId('register-name').waitFor()
  assert.equal(await page.getByTestId('register-name').inputValue(), '')
  assert.deepEqual(saved, [])
  assert.equal((await (await page.request.get(`${site.url}/api/v1/me`)).json()).login, site.person('administrator').login)
  await page.context().close()
})

test('another tab that signs in as somebody else takes no tab along', async () => {
  const page = await signedIn(browser, site, 'operator')
  const other = await page.context().newPage()
  await other.goto(site.url)
  await other.getByTestId('sign-out').click()
  await Promise.all([page.waitForEvent('load'), fillIn(other, site.person('reviewer'))])
  await page.getByTestId('who').waitFor()
  assert.equal(await page.getByTestId('who').innerText(), await other.getByTestId('who').innerText())
  await page.context().close()
})

test('a server that fails at the start is told and asked again', async () => {
  const page = await signedIn(browser, site, 'operator')
  let failures = 0
  await page.route('**/api/v1/me', (route) => (failures++ < 2 ? route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }) : route.fallback()))
  await page.goto(site.url)
  assert.match(await page.getByTestId('trouble').innerText(), /502/)
  await picture(page, 'trouble')
  await page.getByTestId('who').waitFor()
  assert.equal(failures, 3)
  assert.equal(await page.getByTestId('trouble').count(), 0)
  await page.context().close()
})

/** The page of one meter, with readings arriving. */
async function watching(page, url) {
  const found = await (await page.request.get(`${url}/api/v1/instruments?q=m-01`)).json()
  await page.goto(`${url}/instruments/${found.rows[0].id}`)
  await page.getByTestId('stream-state').and(page.locator('.good')).waitFor()
  await page.locator('tr.fresh').first().waitFor()
}

test('a cut line: the page says as of when its values are, connects again and draws what it missed', async () => {
  const line = await Line.to(site.url)
  const page = await signedIn(browser, site, 'enterprise', { url: line.url })
  await watching(page, line.url)
  await line.cut()
  const stale = page.getByTestId('stream-stale')
  await stale.waitFor()
  assert.match(await stale.innerText(), /截至 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)
  await picture(page, 'stream-cut')
  // While nothing answers, a list says so too, and both recover.
  const curves = page.waitForResponse((answer) => answer.url().includes('/series/') && answer.ok())
  await line.mend()
  await curves
  await stale.waitFor({ state: 'detached' })
  await page.locator('tr.fresh').first().waitFor()
  await page.context().close()
  await line.cut()
})

test('a list that cannot be read says so and comes by itself, and so does a page', async () => {
  const line = await Line.to(site.url)
  const page = await signedIn(browser, site, 'enterprise', { url: line.url })
  await page.getByTestId('menu-instruments').click()
  await page.getByTestId('instrument-row-m-05').waitFor()
  await page.getByTestId('menu-runs').click()
  await page.getByTestId('run-row-1').waitFor()
  await line.cut()
  await page.getByTestId('menu-instruments').click()
  await page.getByTestId('load-error').waitFor()
  await picture(page, 'list-unreachable')
  await line.mend()
  await page.getByTestId('instrument-row-m-05').waitFor()
  assert.equal(await page.getByTestId('load-error').count(), 0)

  // A page whose program was never loaded.
  await line.cut()
  await page.getByTestId('menu-plans').click()
  await page.getByTestId('trouble').waitFor()
  await line.mend()
  await page.getByTestId('due-m-03').waitFor()
  await page.context().close()
  await line.cut()
})

test('a server that restarts has forgotten its sessions: the page asks, and goes on live', { timeout: 120_000 }, async () => {
  const page = await signedIn(browser, site, 'enterprise')
  await watching(page, site.url)
  await site.end()
  await page.getByTestId('stream-stale').waitFor()
  await site.run(new URL(site.url).port)
  await page.getByTestId('sign-in-again').waitFor({ timeout: 60_000 })
  await fillIn(page, site.person('enterprise'))
  await page.getByTestId('stream-state').and(page.locator('.good')).waitFor()
  await page.locator('tr.fresh').first().waitFor()
  await page.context().close()
})
