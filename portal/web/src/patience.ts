/** Waiting before another try, for everything that recovers by itself. */
const hurried = new Set<() => void>()

/** 1 s, 2 s, … 30 s; less if the network comes back, the page is looked at again, or the person asks. */
export function pause(tries: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(go, Math.min(30, 2 ** Math.min(tries, 5)) * 1000)
    function go() {
      clearTimeout(timer)
      hurried.delete(go)
      done()
    }
    hurried.add(go)
  })
}

/** Everything that waits tries at once. */
export function hurry(): void {
  for (const go of [...hurried]) go()
}

if (typeof window !== 'undefined') {
  window.addEventListener('online', hurry)
  document.addEventListener('visibilitychange', () => { if (!document.hidden) hurry() })
}
