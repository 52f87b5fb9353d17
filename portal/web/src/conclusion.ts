/** The engine's conclusion as the pages read it. Every figure is a string and stays one. */
export interface Text { zh: string; en: string }
export type Verdict = 'conforms' | 'does-not-conform' | 'inconclusive'
export interface Reason extends Text { code: string }
export interface Bin {
  bin: string; title: Text; table_point: string; intervals: number; windows_used: number
  mean_percent: string | null; mean_is_complete: boolean; rounded_percent: string | null
  limit_percent: string; interval_percent: string; u95_percent: string | null; u95_permitted_percent: string
  near_limit: boolean; rounded_value_verdict: Verdict | null; full_value_verdict: Verdict | null; verdict: Verdict; reasons: Reason[]
  windows: { from: string; to: string; intervals: number; u95_percent: string | null; subject_energy: string; reference_energy: string; error_percent: string | null; error_is_complete: boolean; used: boolean; reason: Reason | null; terms?: Term[] }[]
}
/** One term of an uncertainty budget. */
export interface Term { title: Text; shape: string; contribution: string }
export interface Point {
  bin: string; title: Text; slots: number; readings_used: number; mean: string | null; mean_is_complete: boolean; rounded: string | null; limit_text: string | null; limit: string | null
  interval: string | null; u95: string | null; decided_by: string | null; accepted_to: string | null; rejected_from: string | null
  rounded_value_verdict: Verdict | null; full_value_verdict: Verdict | null; verdict: Verdict | null; reasons: Reason[]
  readings: { from: string; to: string; slots: number; values: Record<string, string>; error: string | null; error_is_complete: boolean; limit: string | null; u95: string | null; terms: Term[]; used: boolean; reason: Reason | null }[]
}
/** What a procedure other than the two first ones measured. */
export interface Measured {
  title: Text; formula: string; unit: string; decision: string; coverage_factor: string
  values: { symbol: string; title: Text; value: string; unit: string }[]; points: Point[]
}
export interface Line {
  device: string; name: string; manufacturer: string; model: string; serial: string; accuracy_class: string | null
  current_ratio: string; voltage_ratio: string; registers_are_primary: boolean; register_factor: string; register_resolution: string; register_unit: string
}
export interface Conclusion {
  kind: string; nature: Text; verdict: Verdict; reasons: Reason[]
  basis: { document: string; title: Text; edition: string; effective: string; clause: string; status: string; source: string; statement: Text; procedure: string; procedure_version: number }
  subject: Line; reference: Line
  certificate: { number: string; issued_by: string; valid_to: string; u95_percent: string; configuration_unchanged: boolean } | null
  window: { from: string; to: string }; deciding_method: 'rounded-value' | 'full-value'
  method_declared_by: Text; overall_rule: Text; rules: Text[]; bins: Bin[]
  intervals: { expected: number; used: number; excluded: number; coverage: string; largest_gap_seconds: number }
  excluded: { reason: Reason; intervals: number }[]; not_tested: { code: string; title: Text }[]
  period_check: { quantity: string; unit: string; pairs: number; subject_mean: string | null; reference_mean: string | null; difference: string | null; difference_squared: string | null; permitted_squared: string; u_subject: string; u_reference: string; e_n: string | null; permitted_difference: string } | null
  measured?: Measured; control?: Control | null
}
/** One point of a control chart: the mean difference of one span. */
export interface ChartPoint {
  from: string; to: string; readings: number; value: string; moving_range: string | null; ewma: string; ewma_lower: string; ewma_upper: string; baseline: boolean; signals: string[]
}
export interface Drift {
  results: number; autocorrelation: string | null; effective_results: string | null; rate_per_year: string; u_rate_per_year: string; significant: boolean
  error_now: string; u_now: string; mpev: string | null; crossing: string | null; earliest_crossing: string | null; latest_crossing: string | null
}
/** Charts, drift and interval of a period check. */
export interface Control {
  unit: string
  chart: { baseline: Text; centre: string; sigma: string; upper: string; lower: string; moving_range_centre: string; moving_range_upper: string; autocorrelation: string | null; points: ChartPoint[] } | null
  drift: Drift | null; window_drift: Drift | null
  interval: { present_days: number; staircase_days: number; drift_days: number | null; suggested_days: number; rule: Text } | null
  notes: Reason[]
}
export interface Side { device: string; register?: { readings: Sample[] }; readings?: Sample[]; multiplier?: { current_ratio: string; voltage_ratio: string; registers_are_primary: boolean } }
export interface Sample { nominal: string; value: string | null; quality: string }
export interface Evidence { period_seconds: number; subject: Side; reference: Side | null; unit?: string; series?: Record<string, { point: string; unit: string; readings: Sample[] }> }

/** Points to draw, at most `most`: plotting only, never shown as figures. */
export function points(side: Side, factor: number, most = 800): [number, number | null][] {
  const readings = side.register?.readings ?? side.readings ?? []
  const step = Math.max(1, Math.ceil(readings.length / most))
  const kept = readings.filter((_, index) => index % step === 0 || index === readings.length - 1)
  const start = Number(readings.find((one) => one.value !== null)?.value ?? 0)
  const base = side.register ? start : 0
  return kept.map((one) => [Date.parse(one.nominal), one.value === null ? null : (Number(one.value) - base) * factor])
}
