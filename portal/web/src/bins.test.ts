import { expect, test } from 'vitest'

import { spread } from './bins'

const bin = (errors: [string | null, boolean][]) => ({ mean_percent: '0.10', limit_percent: '0.5', windows: errors.map(([error_percent, used]) => ({ error_percent, used })) })

test('a window that the verdict used is drawn however far out it lies', () => {
  const { spots, edge } = spread([bin([['0.1', true], ['4.2', true], ['9.0', false], [null, false], ['-0.3', false]])])
  expect(spots).toEqual([[0, 0.1, true], [0, 4.2, true], [0, -0.3, false]])
  expect(edge).toBeGreaterThan(4.2)
})

test('what was left out does not stretch the scale', () => {
  const { edge } = spread([bin([['0.2', true], ['50', false]])])
  expect(edge).toBeLessThan(1)
})
