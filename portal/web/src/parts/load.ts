import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

import { Refusal, wording } from '../api/client'
import { pause } from '../patience'

export interface Loading<T> {
  data: Ref<T | null>
  busy: Ref<boolean>
  error: Ref<string | null>
  /** When `data` came. */
  at: Ref<string | null>
  load: () => Promise<void>
}

/**
 * Loads when the page appears, and again every `seconds` if told. A failure is kept as text for the page, beside what
 * was there; one that passes is tried again until it has.
 */
export function useLoad<T>(ask: () => Promise<T>, seconds?: number): Loading<T> {
  const data = ref(null) as Ref<T | null>
  const busy = ref(true)
  const error = ref<string | null>(null)
  const at = ref<string | null>(null)
  // Only the newest question is answered, and none of a page that is gone.
  let newest = 0

  async function attempt(mine: number, tries: number): Promise<void> {
    try {
      const found = await ask()
      if (mine !== newest) return
      data.value = found
      at.value = new Date().toISOString()
      error.value = null
    } catch (failure) {
      if (mine !== newest) return
      error.value = wording(failure)
      if (failure instanceof Refusal && failure.passes) void pause(tries).then(() => (mine === newest ? attempt(mine, tries + 1) : undefined))
    }
    busy.value = false
  }
  async function load() {
    busy.value = data.value === null
    await attempt(++newest, 0)
  }
  onMounted(load)
  const timer = seconds ? setInterval(() => { if (!document.hidden && error.value === null) void load() }, seconds * 1000) : undefined
  onBeforeUnmount(() => { newest = -1; clearInterval(timer) })
  return { data, busy, error, at, load }
}
