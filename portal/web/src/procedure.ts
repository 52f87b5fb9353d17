/** A procedure as the engine laid it open. */
import type { Text } from './conclusion'

export interface Sheet {
  id: string; version: number; measurand: Text; reader: string; formula: string; unit: string
  symbols: { name: string; unit: string; title: Text; origin: string; of: string | null; point: string | null; formula: string | null }[]
  points: { name: string; title: Text; conditions: string[]; limits: { class: string | null; text: string; interval: string | null }[] }[]
  method: 'rounded-value' | 'full-value'; declared_by: Text; decision: string; least_readings: number; more_readings: number; near: [string, string]
  window_seconds: number; least_coverage: string; largest_gap_seconds: number; largest_skew_seconds: string; needs_certificate: boolean
  k: string; terms: { name: Text; amount: string; shape: string; sensitivity: string }[]; not_tested: { code: string; title: Text }[]
}
/** A period check as the engine laid it open. */
export interface CheckSheet {
  id: string; version: number; point: string | null; least_pairs: number; largest_skew_seconds: string; places: number
  chart: { span_seconds: number; least_readings: number; most_missing: number; baseline: number; least_points: number; action: Text[]; warning: Text[]; lambda: string; width: string } | null
  drift: { k: string; least_results: number; least_points: number; horizon_days: number } | null
  interval: { within: string; extend: string; reduce: string; least_days: number; most_days: number } | null
}
