import { onMounted, ref, type Ref } from 'vue'

export interface Loading<T> {
  data: Ref<T | null>
  busy: Ref<boolean>
  error: Ref<string | null>
  load: () => Promise<void>
}

/** Loads when the page appears; a failure is kept as text for the page. */
export function useLoad<T>(ask: () => Promise<T>): Loading<T> {
  const data = ref(null) as Ref<T | null>
  const busy = ref(true)
  const error = ref<string | null>(null)
  async function load() {
    busy.value = data.value === null
    error.value = null
    try {
      data.value = await ask()
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure)
    }
    busy.value = false
  }
  onMounted(load)
  return { data, busy, error, load }
}
