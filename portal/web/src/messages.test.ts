import { expect, test } from 'vitest'
import { createI18n } from 'vue-i18n'

import en from './messages/en.json'
import zh from './messages/zh-CN.json'

type Tree = { [key: string]: string | Tree }
const keys = (tree: Tree, at = ''): string[] => Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [at + key] : keys(value, `${at}${key}.`)))

const files = import.meta.glob<string>(['./**/*.vue', './**/*.ts', '!./**/*.test.ts', '!./**/*.d.ts'], { query: '?raw', import: 'default', eager: true })

test('Chinese and English have the same messages', () => {
  expect(keys(en as Tree).sort()).toEqual(keys(zh as Tree).sort())
})

test('every message that the pages name is there, and none is left over', () => {
  const text = Object.values(files).join('\n')
  const known = new Set(keys(zh as Tree))
  const named = [...text.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map((one) => one[1]!)
  expect(named.filter((one) => !known.has(one))).toEqual([])
  const chosen = [...text.matchAll(/'([a-z][\w-]*(?:\.[\w-]+)+)'/g)].map((one) => one[1]!)
  const families = [...text.matchAll(/\bt\(\s*`([\w.-]+)\.\$\{/g)].map((one) => one[1]!)
  families.push(...[...text.matchAll(/\bnamed\('([\w.-]+)'/g)].map((one) => one[1]!))
  const used = new Set([...named, ...chosen])
  expect([...known].filter((one) => !used.has(one) && !families.some((family) => one.startsWith(`${family}.`)))).toEqual([])
})

test('every message compiles: none holds a sign that the formatter reads as its own', () => {
  const global = createI18n({ legacy: false, locale: 'zh', messages: { zh, en } as never }).global as unknown as { locale: { value: string }; t: (key: string, given: object) => string }
  for (const locale of ['zh', 'en'] as const) {
    global.locale.value = locale
    for (const key of keys(zh as Tree)) expect(global.t(key, { n: 1, used: 1, all: 1 }), key).not.toBe('')
  }
})
