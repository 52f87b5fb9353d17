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
}

export const client = createClient<paths>({
  baseUrl: '',
  headers: { 'x-requested-with': 'henglian' },
  credentials: 'same-origin',
})

interface Problem {
  code?: string
  detail?: string
  detail_zh?: string
  field?: string | null
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
  const detail = (english ? problem.detail : problem.detail_zh) ?? problem.detail
  throw new Refusal(response.status, problem.code ?? 'unknown', detail ?? `HTTP ${response.status}`, problem.field ?? undefined)
}

/** The version of a row as the header that guards it. */
export function ifMatch(version: number): string {
  return `"${version}"`
}
