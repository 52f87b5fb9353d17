import { expect, test } from 'vitest'

import en from './messages/en.json'
import zh from './messages/zh-CN.json'
import { age, entered, field, local, setZones, tick, zoneName } from './time'

test('a time that is none is shown as it came', () => {
  expect(local('soon')).toBe('soon')
  expect(local(null)).toBe('—')
})

test('a time is that of its site and says so', () => {
  setZones([{ id: 1, time_zone: 'Asia/Shanghai' }, { id: 2, time_zone: 'Pacific/Auckland' }])
  expect(local('2026-06-01T16:00:00Z')).toBe('2026-06-02 00:00:00 UTC+8')
  expect(local('2026-06-01T16:00:00Z', 2)).toBe('2026-06-02 04:00:00 UTC+12')
  expect(local('2026-06-01T16:00:00Z', 9)).toBe('2026-06-02 00:00:00 UTC+8')
  expect(tick(Date.parse('2026-06-01T16:00:00Z'))).toBe('06-02')
  expect(tick(Date.parse('2026-06-01T16:30:00Z'))).toBe('00:30')
  expect(zoneName(1)).toBe('Asia/Shanghai (UTC+8)')
})

test('what is entered by the clock of the site comes back', () => {
  setZones([{ id: 1, time_zone: 'Asia/Shanghai' }, { id: 3, time_zone: 'America/New_York' }])
  expect(entered('2026-06-02T00:00', 1)).toBe('2026-06-01T16:00:00.000Z')
  // The day on which the clock goes back.
  for (const text of ['2026-11-01T00:30', '2026-11-01T03:30']) expect(field(new Date(entered(text, 3)), 3)).toBe(text)
})

test('an age is never negative', () => {
  const now = new Date('2026-06-01T08:00:10Z').getTime()
  expect(age('2026-06-01T08:00:00.400Z', now)).toBe(9)
  expect(age('2026-06-01T09:00:00Z', now)).toBe(0)
})

function keys(tree: object, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' ? keys(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  )
}

test('both languages have the same messages, none empty', () => {
  expect(keys(en).sort()).toEqual(keys(zh).sort())
  expect(JSON.stringify([en, zh])).not.toContain('""')
})
