// Where the names of rows stand: at their ends, or at the window's edge where an end is out of sight. Pure; draws nothing.

import type { Layout, RowLayout } from '../plan/layout.ts';
import { overlaps, pitchOf, toScreen, visibleBox, type Size, type View } from './view.ts';

export interface RowName {
  text: string;
  x: number;
  y: number;
  /** It stands at the edge and over seats, so it needs ground of its own. */
  pinned: boolean;
  align: CanvasTextAlign;
}

/** From the edge of the window to the middle of a pinned name. */
const EDGE = 14;
/** Names longer than this are no letters: they stand beside the first seat only. */
const SHORT_MAX = 3;

type Point = readonly [number, number];

export function rowNames(layout: Layout, view: View, size: Size): RowName[] {
  const visible = visibleBox(view, size, 40);
  const names: RowName[] = [];
  for (const row of layout.rows) {
    if (!row.count || !overlaps(layout.sections[row.section]!.box, visible)) continue;
    const short = row.label.length <= SHORT_MAX;
    const ends: [number, number][] = [[row.first, 1]];
    if (short) ends.push([row.first + row.count - 1, -1]);
    for (const [seat, step] of ends) {
      const name = nameAt(layout, row, seat, step, view, size);
      if (name) names.push({ ...name, text: row.label, align: short || name.pinned ? 'center' : 'right' });
    }
  }
  return names;
}

function nameAt(layout: Layout, row: RowLayout, end: number, step: number, view: View, size: Size) {
  const at = (i: number): Point => toScreen(view, layout.x[i]!, layout.y[i]!);
  const outer = at(end);
  const other = at(step > 0 ? row.first + row.count - 1 : row.first);
  const length = Math.hypot(other[0] - outer[0], other[1] - outer[1]) || 1;
  const gap = pitchOf(view) * 0.8;
  const [x, y] = [outer[0] - ((other[0] - outer[0]) / length) * gap, outer[1] - ((other[1] - outer[1]) / length) * gap];
  if (isInside([x, y], size, EDGE / 2)) return { x, y, pinned: false };
  for (let k = 1, before: Point = [x, y]; k <= row.count; k++) {
    const here = at(end + step * (k - 1));
    if (isInside(here, size, EDGE)) return { ...crossing(before, here, size), pinned: true };
    before = here;
  }
  return null;
}

const isInside = ([x, y]: Point, size: Size, edge: number): boolean =>
  x >= edge && y >= edge && x <= size.width - edge && y <= size.height - edge;

/** Where the way from a point outside to one inside comes in. */
function crossing(outside: Point, inside: Point, size: Size): { x: number; y: number } {
  const [dx, dy] = [outside[0] - inside[0], outside[1] - inside[1]];
  const room = (from: number, d: number, high: number) =>
    d > 0 ? (high - EDGE - from) / d : d < 0 ? (EDGE - from) / d : Infinity;
  const part = Math.min(1, room(inside[0], dx, size.width), room(inside[1], dy, size.height));
  return { x: inside[0] + dx * part, y: inside[1] + dy * part };
}
