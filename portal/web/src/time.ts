/** Times are shown in the zone of the site that they belong to, and name it: a record is read in other places too. */
import { ref } from 'vue'

const USUAL = 'Asia/Shanghai'
/** Zone by site; whoever sees one site only need not name it. */
const zones = ref(new Map<number, string>())

export function setZones(sites: { id: number; time_zone: string }[]): void {
  zones.value = new Map(sites.map((one) => [one.id, one.time_zone]))
}

export function zoneOf(site?: number | null): string {
  const first = zones.value.values().next().value ?? USUAL
  return (site ? zones.value.get(site) : undefined) ?? first
}

interface Parts { date: string; time: string; offset: string }

function parts(time: Date, zone: string): Parts {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'shortOffset' })
  const of = Object.fromEntries(format.formatToParts(time).map((one) => [one.type, one.value]))
  return { date: `${of.year}-${of.month}-${of.day}`, time: `${of.hour}:${of.minute}:${of.second}`, offset: (of.timeZoneName ?? '').replace('GMT', 'UTC') }
}

/** A time in the zone of a site, which it names; the exact UTC text belongs into the title. */
export function local(utc: string | null | undefined, site?: number | null): string {
  if (!utc) return '—'
  const time = new Date(utc)
  if (Number.isNaN(time.getTime())) return utc
  const { date, time: clock, offset } = parts(time, zoneOf(site))
  return `${date} ${clock} ${offset}`
}

/** For the axis of a chart whose foot names the zone. */
export function tick(milliseconds: number, site?: number | null): string {
  const { date, time } = parts(new Date(milliseconds), zoneOf(site))
  return time === '00:00:00' ? date.slice(5) : time.slice(0, 5)
}

/** The name of the zone with its offset now, for the foot of a chart. */
export function zoneName(site?: number | null): string {
  return `${zoneOf(site)} (${parts(new Date(), zoneOf(site)).offset})`
}

/** What a field for date and time shows: the clock of the site. */
export function field(time: Date, site?: number | null): string {
  const { date, time: clock } = parts(time, zoneOf(site))
  return `${date}T${clock.slice(0, 5)}`
}

/** What was entered by the clock of the site, as UTC. */
export function entered(text: string, site?: number | null): string {
  const wall = Date.parse(`${text}Z`)
  // Twice: the offset is that of the moment itself, not of the guess.
  let utc = wall
  for (let n = 0; n < 2; n++) utc = wall - (Date.parse(`${field(new Date(utc), site)}Z`) - utc)
  return new Date(utc).toISOString()
}

/** Whole seconds since a time, never negative. */
export function age(utc: string, now: number): number {
  return Math.max(0, Math.floor((now - new Date(utc).getTime()) / 1000))
}
