/** How the windows of control points are drawn: plotting only, the figures are the server's own strings. */
interface Windowed { mean_percent: string | null; limit_percent: string; windows: { error_percent: string | null; used: boolean }[] }
/** Place among the control points, error in %, and whether the verdict used it. */
export type Spot = [number, number, boolean]

/**
 * Every window that the verdict used is drawn, however far out: the scale makes room for it. One that was left out is
 * drawn where the scale reaches.
 */
export function spread(bins: Windowed[]): { spots: Spot[]; edge: number } {
  const all = bins.flatMap((one, n) => one.windows.filter((w) => w.error_percent !== null).map((w): Spot => [n, Number(w.error_percent), w.used]))
  const used = all.filter(([, , counts]) => counts).map(([, error]) => Math.abs(error))
  const reach = Math.max(0.1, ...bins.map((one) => Number(one.limit_percent)), ...bins.map((one) => Math.abs(Number(one.mean_percent))), ...used) * 1.3
  const edge = Number(reach.toPrecision(2))
  return { spots: all.filter(([, error, counts]) => counts || Math.abs(error) <= edge), edge }
}
