import { expect, test } from 'vitest'

import type { Schemas } from './api/client'
import { at, curve } from './curve'

const minute = (n: number) => new Date(Date.UTC(2026, 5, 1, 8, n)).toISOString()
const reading = (n: number, value: string | null, quality = value === null ? 'no-answer' : 'good'): Schemas['Reading'] => ({ series: 'm-01/power.active', nominal: minute(n), taken: minute(n), value, quality, unit: 'kW' })
const page = (part: Schemas['Curve']): Schemas['SeriesPage'] => ({ unit: 'kW', from: minute(0), to: minute(59), complete_from: minute(0), count: 0, gaps: [{ since: minute(0), seconds: 120 }], curve: part })
const readings = (...rows: Schemas['Reading'][]) => page({ kind: 'readings', readings: rows })
const heights = (drawn: ReturnType<typeof curve>) => drawn.line.map(([, height]) => height)

test('no line over a gap of more than two periods, nor over a failed read', () => {
  const drawn = curve(readings(reading(0, '1.0'), reading(2, '2.0'), reading(5, '3.0'), reading(6, null), reading(7, '4.0')), [])
  expect(heights(drawn)).toEqual([1, 2, null, 3, null, 4])
  expect(drawn.failed).toEqual([Date.parse(minute(6))])
  expect(drawn.line.filter(([, , lonely]) => lonely).map(([, height]) => height)).toEqual([3, 4])
})

test('what arrives live goes on behind the page, once, and leaves the gap before it', () => {
  const drawn = curve(readings(reading(0, '1'), reading(1, '2')), [reading(1, '2'), reading(30, '3'), reading(31, '4')])
  expect(heights(drawn)).toEqual([1, 2, null, 3, 4])
})

test('a doubtful value is a mark, never part of the line', () => {
  const drawn = curve(readings(reading(0, '1'), reading(1, '900', 'outside-plausible-range'), reading(2, '2')), [])
  expect(heights(drawn)).toEqual([1, 2])
  expect(drawn.doubtful).toEqual([[Date.parse(minute(1)), 900]])
})

const value = (n: number, text: string) => ({ nominal: minute(n), value: text })
const bucket = (from: number, good: Schemas['Bucket']['good'], failed = 0): Schemas['Bucket'] => ({ from: minute(from), count: 10, failed, worst: failed ? 'no-answer' : 'good', good, doubtful: null, gaps: 0 })

test('a span is drawn through its extremes in the order of their times', () => {
  const drawn = curve(page({ kind: 'buckets', bucket_seconds: 600, buckets: [
    bucket(0, { count: 10, first: value(0, '5'), min: value(7, '-9'), max: value(3, '99.5'), last: value(9, '6') }),
    bucket(10, { count: 10, first: value(11, '7'), min: value(11, '7'), max: value(19, '8'), last: value(19, '8') }),
    bucket(40, null, 10),
    bucket(50, { count: 1, first: value(50, '1'), min: value(50, '1'), max: value(50, '1'), last: value(50, '1') }),
  ] }), [])
  expect(heights(drawn)).toEqual([5, 99.5, -9, 6, 7, 8, null, 1])
  expect(drawn.failed).toEqual([Date.parse(minute(45))])
  expect(at(drawn.told, Date.parse(minute(15)))?.count).toBe(10)
  expect(at(drawn.told, Date.parse(minute(22)))?.from).toBe(Date.parse(minute(10)))
  expect(at(drawn.told, Date.parse(minute(38)))?.failed).toBe(10)
})
