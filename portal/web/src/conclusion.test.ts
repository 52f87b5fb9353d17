import { expect, test } from 'vitest'

import { compared, points, type Evidence, type Role, type Series } from './conclusion'

const series = (of: Role, point: string, unit: string, values: (string | null)[]): Series => ({ of, point, unit, readings: values.map((value, n) => ({ nominal: `2026-03-01T00:0${n}:00Z`, value, quality: 'good' })) })

test('what is drawn is the quantity that both sides were read in', () => {
  const meters: Evidence = { period_seconds: 60, series: {
    I1: series('reference', 'current.a', 'A', ['1']), W: series('subject', 'energy', 'kWh', ['1']), W0: series('reference', 'energy', 'kWh', ['1']), 'cosφ': series('reference', 'power.factor', '1', ['1']),
  } }
  expect(compared(meters).map(([symbol]) => symbol)).toEqual(['W', 'W0'])
  const standard: Evidence = { period_seconds: 60, series: { x: series('subject', 'pressure', 'kPa', ['1']) } }
  expect(compared(standard).map(([symbol]) => symbol)).toEqual(['x'])
})

test('registers are drawn from their start and primary; a missing reading stays a gap', () => {
  const one = series('subject', 'energy', 'kWh', [null, '10.0', '12.5'])
  expect(points(one, 20, true).map(([, value]) => value)).toEqual([null, 0, 50])
  expect(points(one, 1, false).map(([, value]) => value)).toEqual([null, 10, 12.5])
})
