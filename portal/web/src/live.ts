import { onBeforeUnmount, ref, type Ref } from 'vue'

import type { Schemas } from './api/client'
import { pause } from './patience'
import { ask } from './session'

/** The server says something every 15 seconds. */
const SILENCE_MS = 40_000

export interface Listening {
  connected: Ref<boolean>
  begin: (device: string) => void
}

/**
 * Readings of a device as they arrive, as long as the page is there. `anew` is called whenever some may have been missed:
 * at every connection, and when the server says that this listener was too slow.
 */
export function listen(sweep: (readings: Schemas['Reading'][]) => void, anew: () => void): Listening {
  const connected = ref(false)
  let device = ''
  let source: EventSource | undefined
  let watchdog: ReturnType<typeof setTimeout> | undefined
  let tries = 0
  let closed = false

  function alive() {
    connected.value = true
    tries = 0
    clearTimeout(watchdog)
    watchdog = setTimeout(() => void lost(), SILENCE_MS)
  }
  function stop() {
    clearTimeout(watchdog)
    source?.close()
    source = undefined
  }
  async function lost() {
    stop()
    connected.value = false
    await pause(tries++)
    if (closed) return
    // An event source does not tell why it failed: this call asks a person whose session has ended to sign in again.
    await ask().catch(() => undefined)
    if (!closed) open()
  }
  function open() {
    const opened = (source = new EventSource(`/api/v1/live?devices=${encodeURIComponent(device)}`))
    const on = (name: string, act: (data: string) => void) =>
      opened.addEventListener(name, (event) => { alive(); act((event as MessageEvent<string>).data) })
    opened.onopen = () => { alive(); anew() }
    opened.onerror = () => { if (source === opened) void lost() }
    on('sweep', (data) => sweep((JSON.parse(data) as { readings: Schemas['Reading'][] }).readings))
    on('lagged', anew)
    on('alive', () => undefined)
  }

  onBeforeUnmount(() => { closed = true; stop() })
  return { connected, begin: (which) => { device = which; open() } }
}
