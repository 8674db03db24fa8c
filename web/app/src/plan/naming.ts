// What a seat is called. One place, so that map, list, tray and messages say the same.

import type { Layout } from './layout.ts';

export function seatNumber(layout: Layout, index: number): string {
  const row = layout.rows[layout.row[index]!]!;
  const i = index - row.first;
  return row.plan.labels?.[i] ?? String((row.plan.first ?? 1) + i * (row.plan.step ?? 1));
}

export const rowLabel = (layout: Layout, index: number): string =>
  layout.rows[layout.row[index]!]!.label;

export const sectionName = (layout: Layout, index: number): string =>
  layout.sections[layout.section[index]!]!.name;

/** "B12" where the row has a short label, else "Table 4 · 2". */
export function shortName(layout: Layout, index: number): string {
  const row = rowLabel(layout, index);
  const seat = seatNumber(layout, index);
  return isShort(row) ? row + seat : `${row} · ${seat}`;
}

const isShort = (label: string): boolean => label.length <= 3;

/** "B12–B14" for neighbours, else "B12, C4". */
export function groupName(layout: Layout, indices: number[]): string {
  const sorted = [...indices].sort((a, b) => a - b);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return '';
  const oneRun = last - first === sorted.length - 1 && layout.row[first] === layout.row[last];
  if (sorted.length > 1 && oneRun) return `${shortName(layout, first)}–${shortName(layout, last)}`;
  return sorted.map((index) => shortName(layout, index)).join(', ');
}
