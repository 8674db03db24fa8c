// Times in the zone of the place, with a note where the reader's own clock differs.

export interface When {
  day: string;
  /** Day, month and year in the order and with the dots of the language. */
  date: string;
  month: string;
  weekday: string;
  year: string;
  time: string;
  /** "19:30 for you", only where the reader's clock shows another time. */
  ownTime: string | null;
  zone: string;
}

const part = (at: number, timeZone: string, language: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(language, { timeZone, ...options }).format(at);

export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function when(at: number, timeZone: string, language: string, reader = ownZone()): When {
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const time = part(at, timeZone, language, clock);
  const own = part(at, reader, language, clock);
  return {
    day: part(at, timeZone, 'en', { day: 'numeric' }),
    date: part(at, timeZone, language, { day: 'numeric', month: 'long', year: 'numeric' }),
    month: part(at, timeZone, language, { month: 'long' }),
    weekday: part(at, timeZone, language, { weekday: 'long' }),
    year: part(at, timeZone, language, { year: 'numeric' }),
    time,
    ownTime: own === time ? null : own,
    zone: cityOf(timeZone),
  };
}

/** When something ends that starts then: the day only where it is another one. */
export function endOf(start: number, end: number, timeZone: string, language: string): { day: string; time: string } {
  const [first, last] = [when(start, timeZone, language), when(end, timeZone, language)];
  return { day: first.date === last.date || end - start < NIGHT_MS ? '' : `${last.weekday}, ${last.date}`, time: last.time };
}
/** What ends so soon ends the same evening, whatever the calendar says. */
const NIGHT_MS = 12 * 3_600_000;

/** A day of the reader's own calendar. */
export const shortDate = (at: number, language: string): string => part(at, ownZone(), language, { day: 'numeric', month: 'short', year: 'numeric' });

/** The same with the time, to the second, as in a log. */
export const moment = (at: number, language: string): string => part(at, ownZone(), language, { dateStyle: 'short', timeStyle: 'medium' });

export const cityOf = (timeZone: string): string =>
  (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' ');

/** 9:41; never negative, and never more than is left. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A wall-clock time of a place ("2026-12-01T19:30") as an instant. */
export function instantOf(local: string, timeZone: string): number {
  const asUtc = Date.parse(`${local}Z`);
  // Twice, because the offset at the first guess may lie beyond a clock change.
  const first = asUtc - offsetAt(asUtc, timeZone);
  return asUtc - offsetAt(first, timeZone);
}

/** An instant as a place's wall clock shows it, for a form's fields. */
export function localOf(at: number, timeZone: string): { date: string; time: string } {
  const [date = '', time = ''] = new Date(at + offsetAt(at, timeZone)).toISOString().split('T');
  return { date, time: time.slice(0, 5) };
}

function offsetAt(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
    hour: 'numeric', minute: 'numeric', second: 'numeric',
  });
  const parts = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, Number(p.value)]));
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - Math.floor(at / 1000) * 1000;
}
