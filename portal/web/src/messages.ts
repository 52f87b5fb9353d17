import { createI18n } from 'vue-i18n'

import en from './messages/en.json'
import zh from './messages/zh-CN.json'

export type Language = 'zh-CN' | 'en'

const kept = localStorage.getItem('language')

export const i18n = createI18n({
  legacy: false,
  locale: kept === 'en' ? 'en' : 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
})

export function speak(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem('language', language)
  document.documentElement.lang = language
}

/** The text of a pair that the server sends in both languages. */
export function of(pair: { zh: string; en: string } | null | undefined): string {
  if (!pair) return ''
  return i18n.global.locale.value === 'en' ? pair.en : pair.zh
}
