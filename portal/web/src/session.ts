import { computed, ref, watch } from 'vue'

import { client, Refusal, type Schemas, take, whenExpired, wording } from './api/client'
import { pause } from './patience'
import { setZones } from './time'

export const me = ref<Schemas['Me'] | null>(null)
watch(me, (person) => setZones(person?.sites ?? []), { flush: 'sync' })
/** Why it is not yet known who is signed in. */
export const trouble = ref('')
/** The session has ended, and the person is asked to sign in again where he is. */
export const expired = ref(false)

export const may = {
  register: computed(() => has('enterprise', 'administrator')),
  run: computed(() => has('operator')),
  review: computed(() => has('reviewer')),
  estimate: computed(() => has('operator', 'enterprise', 'administrator')),
  writeProcedure: computed(() => has('operator', 'administrator')),
  approve: computed(() => has('administrator')),
  audit: computed(() => has('operator', 'reviewer', 'auditor', 'administrator')),
}

function has(...roles: string[]): boolean {
  return me.value?.roles.some((role) => roles.includes(role)) ?? false
}

/** Whose name the next call would bear; it begins the page anew if that is no longer who works here. */
export async function ask(): Promise<Schemas['Me']> {
  const person = await take(client.GET('/api/v1/me'))
  arrived(person)
  return person
}

/** Asks the server who is signed in, as long as it takes; `me` stays `null` when nobody is. */
export async function recall(): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      me.value = await ask()
      break
    } catch (failure) {
      if (failure instanceof Refusal && failure.status === 401) break
      trouble.value = wording(failure)
      await pause(tries)
    }
  }
  trouble.value = ''
}

/** Calls that wait for the person. */
let waiting: ((again: boolean) => void)[] = []
function release(again: boolean) {
  expired.value = false
  for (const go of waiting.splice(0)) go(again)
}
whenExpired(() => {
  if (!me.value) return Promise.resolve(false)
  expired.value = true
  return new Promise((done) => waiting.push(done))
})

/** All tabs share one cookie: what one of them signs in is who acts in the others. */
const tabs = new BroadcastChannel('henglian-session')
tabs.onmessage = ({ data }: MessageEvent<Schemas['Me']>) => arrived(data)

/** A page that shows one person's work never goes on in the name of another: it begins anew. */
function arrived(person: Schemas['Me']) {
  if (me.value && me.value.login !== person.login) return location.reload()
  if (me.value) me.value = person
  release(true)
}

/** A page that slept did not hear what another tab did. */
function awake() {
  if (me.value) ask().catch(() => undefined)
}
if (typeof window !== 'undefined') {
  window.addEventListener('pageshow', (event) => { if (event.persisted) awake() })
  document.addEventListener('visibilitychange', () => { if (!document.hidden) awake() })
}

export async function signIn(login: string, password: string): Promise<void> {
  const person = await take(client.POST('/api/v1/session', { body: { login, password } }))
  tabs.postMessage(person)
  arrived(person)
  me.value = person
}

export async function signOut(): Promise<void> {
  await client.DELETE('/api/v1/session')
  me.value = null
  release(false)
}

/** The person does not sign in again: what waits is refused. */
export function giveUp(): void {
  me.value = null
  release(false)
}
