/** The engine's conclusion as the pages read it. Every figure is a string and stays one. */
export interface Text { zh: string; en: string }
export type Verdict = 'conforms' | 'does-not-conform' | 'inconclusive'
export interface Reason extends Text { code: string }
/** One term of an uncertainty budget. */
export interface Term { title: Text; shape: string; contribution: string }
/** The registers at both ends of a contiguous run, as they were read. */
export interface RegisterRun { from: string; to: string; slots: number; subject_start: string; subject_end: string; reference_start: string; reference_end: string; skew_start: string; skew_end: string; subject_rollovers: number; reference_rollovers: number }
export interface Point {
  bin: string; title: Text; slots: number; readings_used: number; mean: string | null; mean_is_complete: boolean; rounded: string | null; limit_text: string | null; limit: string | null
  interval: string | null; u95: string | null; u95_permitted: string | null; decided_by: string | null; accepted_to: string | null; rejected_from: string | null
  rounded_value_verdict: Verdict | null; full_value_verdict: Verdict | null; verdict: Verdict | null; reasons: Reason[]
  readings: { from: string; to: string; slots: number; values: Record<string, string>; error: string | null; error_is_complete: boolean; limit: string | null; u95: string | null; terms: Term[]; used: boolean; reason: Reason | null; runs: RegisterRun[] }[]
}
export type Role = 'subject' | 'reference' | 'certificate'
/** The body of a comparison, by any procedure. */
export interface Comparison {
  title: Text; formula: string; unit: string; decision: string; coverage_factor: string
  values: { symbol: string; of: Role; title: Text; value: string; unit: string }[]; points: Point[]
}
/** The body of a period check: the comparison, and charts, drift and interval where the procedure asks for them. */
export interface PeriodCheck {
  quantity: string; unit: string; pairs: number; subject_mean: string | null; reference_mean: string | null; difference: string | null; difference_squared: string | null
  permitted_squared: string; u_subject: string; u_reference: string; e_n: string | null; permitted_difference: string
  chart: { baseline: Text; centre: string; sigma: string; upper: string; lower: string; moving_range_centre: string; moving_range_upper: string; autocorrelation: string | null; points: ChartPoint[] } | null
  drift: Drift | null; window_drift: Drift | null
  interval: { present_days: number; staircase_days: number; drift_days: number | null; suggested_days: number; rule: Text } | null
  notes: Reason[]
}
export interface Line {
  device: string; name: string; manufacturer: string; model: string; serial: string; accuracy_class: string | null; connection: string | null
  multiplier: { current_ratio: string; voltage_ratio: string; registers_are_primary: boolean; factor: string } | null
}
export interface Conclusion {
  nature: Text; verdict: Verdict; reasons: Reason[]
  basis: { document: string; title: Text; edition: string; effective: string; clause: string; status: string; source: string; statement: Text; procedure: string; procedure_version: number }
  subject: Line; reference: Line
  certificate: { number: string; issued_by: string; valid_to: string; configuration_unchanged: boolean } | null
  window: { from: string; to: string }; deciding_method: 'rounded-value' | 'full-value'
  method_declared_by: Text; overall_rule: Text; rules: Text[]
  slots: { expected: number; used: number; excluded: number; coverage: string; largest_gap_seconds: number }
  excluded: { reason: Reason; slots: number }[]; not_tested: { code: string; title: Text }[]
  body: { comparison?: Comparison; 'period-check'?: PeriodCheck }
}
/** One point of a control chart: the mean difference of one span. */
export interface ChartPoint {
  from: string; to: string; readings: number; value: string; moving_range: string | null; ewma: string; ewma_lower: string; ewma_upper: string; baseline: boolean; signals: string[]
}
export interface Drift {
  results: number; autocorrelation: string | null; effective_results: string | null; rate_per_year: string; u_rate_per_year: string; significant: boolean
  error_now: string; u_now: string; mpev: string | null; crossing: string | null; earliest_crossing: string | null; latest_crossing: string | null
}
export interface Sample { nominal: string; value: string | null; quality: string }
export interface Series { of: Role; point: string; unit: string; readings: Sample[] }
export interface Evidence { period_seconds: number; series: Record<string, Series> }

/** Points to draw, at most `most`: plotting only, never shown as figures. */
export function points(series: Series, factor: number, fromStart: boolean, most = 800): [number, number | null][] {
  const step = Math.max(1, Math.ceil(series.readings.length / most))
  const kept = series.readings.filter((_, index) => index % step === 0 || index === series.readings.length - 1)
  const base = fromStart ? Number(series.readings.find((one) => one.value !== null)?.value ?? 0) : 0
  return kept.map((one) => [Date.parse(one.nominal), one.value === null ? null : (Number(one.value) - base) * factor])
}

/** The series of the quantity that both sides were read in; of a check standard only those of the instrument. */
export function compared(evidence: Evidence): [string, Series][] {
  const all = Object.entries(evidence.series)
  const of = (role: Role) => new Set(all.filter(([, one]) => one.of === role).map(([, one]) => one.unit))
  const references = of('reference')
  const units = [...of('subject')]
  const unit = units.find((one) => references.has(one)) ?? units[0]
  return all.filter(([, one]) => one.unit === unit)
}
