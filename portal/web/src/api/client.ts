import createClient from 'openapi-fetch'

import { i18n } from '../messages'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

/** A refusal as the server words it (RFC 9457). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly field?: string,
  ) {
    super(detail)
  }

  /** Nobody refused anything: the server could not be reached or failed, and may be there again in a moment. */
  get passes(): boolean {
    return this.status === 0 || this.status >= 500
  }
}

/** Asks the person to sign in again; `false`: there is nobody to ask, or he gave up. */
let renew: () => Promise<boolean> = () => Promise.resolve(false)
export function whenExpired(ask: () => Promise<boolean>): void {
  renew = ask
}

/** A call whose session has ended is repeated as it was once the person has signed in again. */
async function send(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await fetch(request)
  if (response.status !== 401 || new URL(request.url).pathname === '/api/v1/session') return response
  return (await renew()) ? send(again) : response
}

export const client = createClient<paths>({
  baseUrl: '',
  headers: { 'x-requested-with': 'henglian' },
  credentials: 'same-origin',
  fetch: send,
})

interface Problem {
  code?: string
  detail?: string
  detail_zh?: string
  field?: string | null
  cause?: string | null
}

/** The data of an answer, or the refusal in the reader's language. */
export async function take<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let result
  try {
    result = await answer
  } catch {
    throw new Refusal(0, 'unreachable', i18n.global.t('error.unreachable'))
  }
  const { data, error, response } = result
  if (response.ok) return data as T
  const problem = (error ?? {}) as Problem
  const english = i18n.global.locale.value === 'en'
  const detail = (english ? problem.detail : problem.detail_zh) ?? problem.detail ?? i18n.global.t('error.failed', { status: response.status })
  // What an engine said in its own words stands behind the sentence.
  const said = problem.cause ? `${detail} (${problem.cause})` : detail
  throw new Refusal(response.status, problem.code ?? 'unknown', said, problem.field ?? undefined)
}

/** What went wrong, for a person. */
export function wording(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure)
}

/** The version of a row as the header that guards it. */
export function ifMatch(version: number): string {
  return `"${version}"`
}
