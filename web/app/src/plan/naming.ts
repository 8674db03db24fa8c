// What a seat is called. One place, so that map, list, tray and messages say the same.

import type { Layout, RowLayout } from './layout.ts';

const rowOf = (layout: Layout, index: number): RowLayout => layout.rows[layout.row[index]!]!;

export function seatNumber(layout: Layout, index: number): string {
  const row = rowOf(layout, index);
  const i = index - row.first;
  return row.plan.labels?.[i] ?? String((row.plan.first ?? 1) + i * (row.plan.step ?? 1));
}

export const rowLabel = (layout: Layout, index: number): string => rowOf(layout, index).label;

export const sectionName = (layout: Layout, index: number): string =>
  layout.sections[layout.section[index]!]!.name;

/** The section, where the row's name alone could be another's. */
export const sectionIfNeeded = (layout: Layout, index: number): string =>
  rowOf(layout, index).shared ? sectionName(layout, index) : '';

/** "B12", "Stalls B12" where the circle has a row B too, "Table 4 · 2" where a row has a long name. */
export const shortName = (layout: Layout, index: number): string =>
  [sectionIfNeeded(layout, index), bareName(layout, index)].filter(Boolean).join(' ');

function bareName(layout: Layout, index: number): string {
  const row = rowLabel(layout, index);
  const seat = seatNumber(layout, index);
  return isShort(row) ? row + seat : `${row} · ${seat}`;
}

const isShort = (label: string): boolean => label.length <= 3;

/** Seats in order, as runs of neighbours in one row; an aisle parts nobody. */
export function runsOf(layout: Layout, indices: number[]): number[][] {
  const runs: number[][] = [];
  for (const index of [...indices].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before === index - 1 && layout.row[before] === layout.row[index]) run.push(index);
    else runs.push([index]);
  }
  return runs;
}

/** "B12–B14, C4"; each section is named once, where its name is needed. */
export function groupName(layout: Layout, indices: number[]): string {
  let section = '';
  return runsOf(layout, indices)
    .map((run) => {
      const [first, last] = [run[0]!, run.at(-1)!];
      const needed = sectionIfNeeded(layout, first);
      const name = needed === section ? bareName(layout, first) : shortName(layout, first);
      section = needed;
      return run.length > 1 ? `${name}–${bareName(layout, last)}` : name;
    })
    .join(', ');
}
