/** A curve as it is drawn: plotting only, every figure shown is the string that the server sent. */
import type { Schemas } from './api/client'

type Page = Schemas['SeriesPage']
type Bucket = Schemas['Bucket']
type Reading = Schemas['Reading']
/** Milliseconds, height (`null` breaks the line), and whether the point stands alone and needs a mark to be seen. */
export type Drawn = [number, number | null, boolean]
/** What a mark stands for. */
export interface Told { from: number; to: number; unit: string; lines: { good: Bucket['good']; doubtful: Bucket['doubtful'] } | Reading; count: number; failed: number; gaps: number; worst: string }

interface Curve { line: Drawn[]; doubtful: [number, number][]; failed: number[]; told: Told[] }

function bucketed(page: Page): { bucket: Bucket; seconds: number; reading?: Reading }[] {
  if (page.curve.kind === 'buckets') {
    const seconds = page.curve.bucket_seconds
    return page.curve.buckets.map((bucket) => ({ bucket, seconds }))
  }
  return page.curve.readings.map(alone)
}

/** A reading as a span of its own. */
function alone(reading: Reading): { bucket: Bucket; seconds: number; reading: Reading } {
  const here = { nominal: reading.nominal, value: reading.value ?? '' }
  const extent = { count: 1, first: here, min: here, max: here, last: here }
  const valued = reading.value !== null && reading.value !== undefined
  const good = reading.quality === 'good'
  return {
    bucket: { from: reading.nominal, count: 1, failed: valued ? 0 : 1, worst: reading.quality, good: valued && good ? extent : null, doubtful: valued && !good ? extent : null, gaps: 0 },
    seconds: 0, reading,
  }
}

/** The newest time that the page holds. */
export function newest(page: Page): number {
  const last = page.curve.kind === 'buckets' ? page.curve.buckets.at(-1) : page.curve.readings.at(-1)
  if (!last) return Number.NEGATIVE_INFINITY
  if ('nominal' in last) return Date.parse(last.nominal)
  return Math.max(...[last.good, last.doubtful].map((one) => (one ? Date.parse(one.last.nominal) : Date.parse(last.from))))
}

/** `live`: readings that came after the page, oldest first. */
export function curve(page: Page, live: Reading[]): Curve {
  const known = newest(page)
  const rows = [...bucketed(page), ...live.filter((one) => Date.parse(one.nominal) > known).map(alone)]
  const drawn: Curve = { line: [], doubtful: [], failed: [], told: [] }
  let before: number | undefined
  for (const { bucket, seconds, reading } of rows) {
    const from = Date.parse(bucket.from)
    const single = seconds === 0
    if (bucket.failed) {
      drawn.failed.push(single ? from : from + seconds * 500)
      // Where every reading is drawn, the line ends at the one that failed.
      if (single && before !== undefined) { drawn.line.push([from, null, false]); before = undefined }
    }
    if (bucket.good) {
      const first = Date.parse(bucket.good.first.nominal)
      if (before !== undefined && first - before > gapAfter(page, before)) drawn.line.push([before + 1, null, false])
      drawn.line.push(...spread(bucket.good))
      before = Date.parse(bucket.good.last.nominal)
    }
    if (bucket.doubtful) for (const [at, value] of spread(bucket.doubtful)) drawn.doubtful.push([at, value as number])
    drawn.told.push({ from, to: from + seconds * 1000, unit: page.unit, lines: reading ?? { good: bucket.good, doubtful: bucket.doubtful }, count: bucket.count, failed: bucket.failed, gaps: bucket.gaps, worst: bucket.worst })
  }
  markLonely(drawn.line)
  return drawn
}

/** How long the next reading after a time may take, in milliseconds. */
function gapAfter(page: Page, time: number): number {
  const rule = [...page.gaps].reverse().find((one) => Date.parse(one.since) <= time) ?? page.gaps[0]
  return (rule?.seconds ?? 0) * 1000
}

/** First, smallest, largest and last in the order of their times, each once. */
function spread(extent: NonNullable<Bucket['good']>): Drawn[] {
  const times = new Map([extent.first, extent.min, extent.max, extent.last].map((one) => [Date.parse(one.nominal), one.value]))
  return [...times].sort(([a], [b]) => a - b).map(([at, value]) => [at, Number(value), false])
}

/** A point without a neighbour has no line through it. */
function markLonely(line: Drawn[]): void {
  line.forEach((one, index) => {
    const alone = (at: number) => line[at]?.[1] === null || line[at] === undefined
    one[2] = one[1] !== null && alone(index - 1) && alone(index + 1)
  })
}

/** What stands at a time: the nearest reading or span. */
export function at(told: Told[], time: number): Told | undefined {
  let low = 0
  let high = told.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (told[middle]!.from <= time) low = middle + 1
    else high = middle
  }
  const [before, after] = [told[low - 1], told[low]]
  if (!before || !after || time < before.to) return before ?? after
  return time - before.to <= after.from - time ? before : after
}
