import { expect, test } from 'vitest'

import en from './messages/en.json'
import zh from './messages/zh-CN.json'
import { age, local } from './time'

test('a time that is none is shown as it came', () => {
  expect(local('soon')).toBe('soon')
  expect(local(null)).toBe('—')
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
