// A seat, a section and an area in words: the same for the map's card, the list and the screen reader.

import { money, number } from '../format/money.ts';
import { ACCESSIBLE, COMPANION, RESTRICTED, type Layout } from '../plan/layout.ts';
import { rowLabel, runsOf, seatNumber, sectionIfNeeded, sectionName } from '../plan/naming.ts';
import type { Messages } from '../text/en.ts';
import type { Standing } from './standing.ts';

export interface Teller {
  layout: Layout;
  currency: string;
  locale: string;
  t: Messages;
}

export const cash = (minor: number, { currency, locale, t }: Omit<Teller, 'layout'>): string =>
  minor === 0 ? t.common.free : money(minor, currency, locale);

/** Free is said only of what is free everywhere. */
export function priceRange(prices: number[], teller: Omit<Teller, 'layout'>): string {
  if (!prices.length) return '';
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  if (low === high) return cash(low, teller);
  const exact = (minor: number) => money(minor, teller.currency, teller.locale);
  return teller.t.event.prices(exact(low), exact(high));
}

export function extrasOf(flags: number, t: Messages): string[] {
  const extras = [];
  if (flags & ACCESSIBLE) extras.push(t.flags.accessible);
  if (flags & COMPANION) extras.push(t.flags.companion);
  if (flags & RESTRICTED) extras.push(t.flags.restricted);
  return extras;
}

export function seatText(teller: Teller, index: number, price: number, standing: Standing): string {
  const { layout, t } = teller;
  return t.seatName(
    sectionIfNeeded(layout, index),
    t.map.row(rowLabel(layout, index)),
    t.map.seat(seatNumber(layout, index)),
    cash(price, teller),
    extrasOf(layout.flags[index]!, t),
    t.standing[standing] ?? '',
  );
}

/** "Stalls · Row B · Seats 16–17", one text for each run of neighbours. */
export const runTexts = ({ layout, t }: Teller, indices: number[]): string[] =>
  runsOf(layout, indices).map((run) => {
    const [first, last] = [run[0]!, run.at(-1)!];
    const seats = first === last ? t.map.seat(seatNumber(layout, first)) : t.map.seatRun(seatNumber(layout, first), seatNumber(layout, last));
    return [sectionName(layout, first), t.map.row(rowLabel(layout, first)), seats].join(' · ');
  });

/** The server's "Stalls · B · 16", "Stalls · B · 17" in the page's words, one text for each row. */
export function placeTexts(labels: string[], t: Messages): string[] {
  const rows = new Map<string, string[]>();
  for (const label of labels) {
    const [section, row, seat, ...more] = label.split(' · ');
    const known = section && row && seat && more.length === 0;
    const key = known ? `${section} · ${t.map.row(row)}` : label;
    rows.set(key, [...(rows.get(key) ?? []), ...(known ? [seat] : [])]);
  }
  return [...rows].map(([row, seats]) => {
    if (seats.length === 0) return row;
    return `${row} · ${seats.length === 1 ? t.map.seat(seats[0]!) : t.map.seatList(seats.join(', '))}`;
  });
}

export function sectionText(teller: Teller, section: number, free: number, price: number): string {
  const name = teller.layout.sections[section]!.name;
  return teller.t.map.sectionLeft(name, number(free, teller.locale), cash(price, teller));
}

export function areaText(teller: Teller, area: number, left: number, capacity: number, price: number): string {
  const name = teller.layout.areas[area]!.name;
  const counts = teller.t.map.areaLeft(number(left, teller.locale), number(capacity, teller.locale));
  return `${name}, ${counts}, ${cash(price, teller)}`;
}
