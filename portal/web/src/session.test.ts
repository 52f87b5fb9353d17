import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { Schemas } from './api/client'

const person = (login: string, ...roles: Schemas['Me']['roles']): Schemas['Me'] => ({ login, name: login, roles, party: { id: 1, name: 'p' }, sites: [] })
let answer = person('li', 'operator')
const asked = vi.fn(() => Promise.resolve(answer))
vi.mock('./api/client', () => ({ client: { GET: () => asked() }, take: (call: Promise<unknown>) => call, whenExpired: () => undefined, wording: String, Refusal: Error }))

const reload = vi.fn()
const page = new EventTarget()
const document = Object.assign(new EventTarget(), { hidden: false, createElement: () => ({}) })

/** The module as a page loads it, with `li` signed in. */
async function opened() {
  vi.resetModules()
  const session = await import('./session')
  await session.recall()
  expect(session.me.value?.login).toBe('li')
  return session
}
/** Lets every promise that is settled go on. */
const settled = () => new Promise((done) => { setTimeout(done) })

beforeEach(() => {
  answer = person('li', 'operator')
  asked.mockClear()
  reload.mockClear()
  vi.stubGlobal('location', { reload })
  vi.stubGlobal('window', page)
  vi.stubGlobal('document', document)
  vi.stubGlobal('BroadcastChannel', class {})
})
afterEach(() => vi.unstubAllGlobals())

test.each([
  ['restored by the browser', () => page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))],
  ['looked at again', () => document.dispatchEvent(new Event('visibilitychange'))],
])('a page that is %s begins anew if somebody else signed in meanwhile', async (_, wake) => {
  const { me } = await opened()
  wake()
  await settled()
  expect(reload).not.toHaveBeenCalled()
  answer = person('zhao', 'reviewer')
  wake()
  await settled()
  expect(reload).toHaveBeenCalled()
  expect(me.value?.login).toBe('li')
})

test('a page that is loaded for the first time, or hidden, asks nothing more', async () => {
  await opened()
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
  document.hidden = true
  document.dispatchEvent(new Event('visibilitychange'))
  document.hidden = false
  await settled()
  expect(asked).toHaveBeenCalledTimes(1)
})

test('whoever has another role now sees it, and stays where he is', async () => {
  const { me, may } = await opened()
  answer = person('li', 'reviewer')
  document.dispatchEvent(new Event('visibilitychange'))
  await settled()
  expect([me.value?.roles, may.review.value, may.run.value]).toEqual([['reviewer'], true, false])
  expect(reload).not.toHaveBeenCalled()
})
