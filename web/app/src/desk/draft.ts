// A new event before it exists: its form, what it still lacks, and what is sent. Pure.

import type { EventCategory, EventVisibility } from '@houseful/client';
import { endOf, REMINDERS_USUAL, startOf, type Facts } from './facts.ts';

export const CATEGORIES: EventCategory[] =
  ['music', 'theatre', 'film', 'sport', 'talk', 'workshop', 'party', 'food', 'family', 'other'];
export const VISIBILITIES: EventVisibility[] = ['public', 'unlisted', 'private', 'booked'];

export interface ZoneDraft {
  name: string;
  rows: number;
  price: number | null;
}

export interface Draft extends Facts {
  currency: string;
  limit: number;
  /** Rows of seats, or so many people wherever they like. */
  house: 'seats' | 'places';
  capacity: number | null;
  price: number | null;
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
  title: '', description: '', date: '', time: '19:30', endDate: '', endTime: '', timeZone, place: '', online: '',
  category: 'other', visibility: 'public', reminders: [...REMINDERS_USUAL], currency: 'EUR', limit: 6, house: 'seats', capacity: 80, price: 0,
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
  key: 'title' | 'place' | 'start' | 'end' | 'seats' | 'rows' | 'prices' | 'accessible' | 'description' | 'picture';
  done: boolean;
  required: boolean;
}

const whole = (value: number | null, low: number, high: number): boolean =>
  value !== null && Number.isInteger(value) && value >= low && value <= high;

/** What blocks, and then what is only recommended. */
export function todosOf(draft: Draft, now: number, hasPicture = false): Todo[] {
  const house = draft.house === 'seats' ? seatTodos(draft) : placeTodos(draft);
  const wish = (key: Todo['key'], done: boolean): Todo => ({ key, done, required: false });
  return [
    ...factTodos(draft, now), ...house,
    wish('description', draft.description.trim() !== ''), wish('picture', hasPicture),
    ...(draft.house === 'seats' ? [wish('accessible', draft.accessible > 0)] : []),
  ];
}

/** Of the facts alone, for an event whose house stands. */
export function factTodos(facts: Facts, now: number): Todo[] {
  const [start, end] = [startOf(facts), endOf(facts)];
  const todos: Todo[] = [
    { key: 'title', done: facts.title.trim() !== '', required: true },
    { key: 'place', done: facts.place.trim() !== '' || facts.online.trim() !== '', required: true },
    { key: 'start', done: start !== null && start > now, required: true },
  ];
  // Most events say no end; one that is wrong blocks.
  if (end !== null) todos.push({ key: 'end', done: start !== null && end > start, required: true });
  return todos;
}

function seatTodos(draft: Draft): Todo[] {
  const prices = [...draft.zones.map((zone) => zone.price), ...(draft.area ? [draft.area.price] : [])];
  const covered = rowsCovered(draft) === draft.rows && draft.zones.every((zone) => whole(zone.rows, 1, 500));
  return [
    { key: 'seats', done: whole(draft.rows, 1, 500) && whole(draft.perRow, 1, 500), required: true },
    { key: 'rows', done: covered, required: true },
    { key: 'prices', done: prices.every((price) => price !== null && price >= 0), required: true },
  ];
}

const placeTodos = (draft: Draft): Todo[] => [
  { key: 'seats', done: whole(draft.capacity, 1, 100_000), required: true },
  { key: 'prices', done: draft.price !== null && draft.price >= 0, required: true },
];

export const aislesOf = (text: string, perRow: number): number[] =>
  [...new Set(text.split(/[^0-9]+/).filter(Boolean).map(Number))]
    .filter((seat) => seat > 0 && seat < perRow)
    .sort((a, b) => a - b);

export const zoneId = (index: number): string => `z${index + 1}`;

const AREA_ZONE = 'area';
/** What the server calls the one zone of an event without seats. */
const GENERAL_ZONE = 'general';

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
  if (draft.house === 'places') return { [GENERAL_ZONE]: minor(draft.price) };
  const prices = Object.fromEntries(draft.zones.map((zone, k) => [zoneId(k), minor(zone.price)]));
  if (draft.area) prices[AREA_ZONE] = minor(draft.area.price);
  return prices;
}
