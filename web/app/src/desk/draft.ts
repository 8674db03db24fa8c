// A new event before it exists: its form, what it still lacks, and what is sent. Pure.

import { instantOf } from '../format/time.ts';

export interface ZoneDraft {
  name: string;
  rows: number;
  price: number | null;
}

export interface Draft {
  title: string;
  description: string;
  date: string;
  time: string;
  timeZone: string;
  place: string;
  currency: string;
  limit: number;
  rows: number;
  perRow: number;
  rowLabels: 'letters' | 'numbers';
  numbering: 'left' | 'right';
  aisles: string;
  accessible: number;
  zones: ZoneDraft[];
  area: { name: string; capacity: number; price: number | null } | null;
}

export const emptyDraft = (timeZone: string, zoneNames: string[]): Draft => ({
  title: '', description: '', date: '', time: '19:30', timeZone, place: '', currency: 'EUR', limit: 6,
  rows: 12, perRow: 24, rowLabels: 'letters', numbering: 'left', aisles: '8, 16', accessible: 2,
  zones: [
    { name: zoneNames[0] ?? 'A', rows: 5, price: 45 },
    { name: zoneNames[2] ?? 'B', rows: 7, price: 28 },
  ],
  area: null,
});

/** How many rows the zones name, of how many there are. */
export const rowsCovered = (draft: Draft): number => draft.zones.reduce((sum, zone) => sum + (zone.rows || 0), 0);

/** The last zone takes the rows that are left over, or gives up those that are too many, and keeps one. */
export function fitZones(draft: Draft): void {
  for (const zone of [...draft.zones].reverse()) {
    const next = Math.max(1, zone.rows + draft.rows - rowsCovered(draft));
    zone.rows = next;
    if (rowsCovered(draft) === draft.rows) return;
  }
}

export interface Todo {
  key: 'title' | 'place' | 'start' | 'seats' | 'rows' | 'prices' | 'accessible';
  done: boolean;
  required: boolean;
}

const whole = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

export function todosOf(draft: Draft, now: number): Todo[] {
  const prices = [...draft.zones.map((zone) => zone.price), ...(draft.area ? [draft.area.price] : [])];
  const start = startOf(draft);
  return [
    { key: 'title', done: draft.title.trim() !== '', required: true },
    { key: 'place', done: draft.place.trim() !== '', required: true },
    { key: 'start', done: start !== null && start > now, required: true },
    { key: 'seats', done: whole(draft.rows, 1, 500) && whole(draft.perRow, 1, 500), required: true },
    { key: 'rows', done: rowsCovered(draft) === draft.rows && draft.zones.every((zone) => whole(zone.rows, 1, 500)), required: true },
    { key: 'prices', done: prices.every((price) => price !== null && price >= 0), required: true },
    { key: 'accessible', done: draft.accessible > 0, required: false },
  ];
}

export function startOf(draft: Draft): number | null {
  if (!draft.date || !draft.time) return null;
  const at = instantOf(`${draft.date}T${draft.time}:00`, draft.timeZone);
  return Number.isNaN(at) ? null : at;
}

export const aislesOf = (text: string, perRow: number): number[] =>
  [...new Set(text.split(/[^0-9]+/).filter(Boolean).map(Number))]
    .filter((seat) => seat > 0 && seat < perRow)
    .sort((a, b) => a - b);

export const zoneId = (index: number): string => `z${index + 1}`;

const AREA_ZONE = 'area';

export function generatorOf(draft: Draft) {
  const zones = draft.zones.map((zone, k) => ({ id: zoneId(k), name: zone.name || zoneId(k), rows: zone.rows }));
  const { area } = draft;
  // A zone without rows becomes no section, but the area needs one to have a price.
  if (area) zones.push({ id: AREA_ZONE, name: area.name || AREA_ZONE, rows: 0 });
  return {
    name: draft.place || draft.title || 'Plan',
    rows: draft.rows, seatsPerRow: draft.perRow, rowLabels: draft.rowLabels, numbering: draft.numbering,
    aisles: aislesOf(draft.aisles, draft.perRow), zones, accessible: draft.accessible,
    ...(area ? { area: { name: area.name || 'Area', zone: AREA_ZONE, capacity: area.capacity } } : {}),
  };
}

export function pricesOf(draft: Draft, digits: number): Record<string, number> {
  const minor = (price: number | null) => Math.round((price ?? 0) * 10 ** digits);
  const prices = Object.fromEntries(draft.zones.map((zone, k) => [zoneId(k), minor(zone.price)]));
  if (draft.area) prices[AREA_ZONE] = minor(draft.area.price);
  return prices;
}
