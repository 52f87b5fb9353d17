import { computed, ref } from 'vue'

import { client, Refusal, type Schemas, take } from './api/client'

export const me = ref<Schemas['Me'] | null>(null)

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

/** Asks the server who is signed in; `null` when nobody is. */
export async function recall(): Promise<void> {
  try {
    me.value = await take(client.GET('/api/v1/me'))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    me.value = null
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  me.value = await take(client.POST('/api/v1/session', { body: { login, password } }))
}

export async function signOut(): Promise<void> {
  await client.DELETE('/api/v1/session')
  me.value = null
}
