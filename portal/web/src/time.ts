/** A time in the reader's zone; the exact UTC text belongs into the title. */
export function local(utc: string | null | undefined): string {
  if (!utc) return '—'
  const time = new Date(utc)
  if (Number.isNaN(time.getTime())) return utc
  const two = (n: number) => String(n).padStart(2, '0')
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

/** Whole seconds since a time, never negative. */
export function age(utc: string, now: number): number {
  return Math.max(0, Math.floor((now - new Date(utc).getTime()) / 1000))
}
