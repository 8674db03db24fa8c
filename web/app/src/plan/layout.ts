// From a plan to places: where each seat of the dense index lies, and what it is. Computed once per plan.

import type { Plan, PlanArea, PlanRow, PlanSection } from './plan.ts';

export const SEAT_GAP = 24;
const ROW_GAP = 28;
const PAD = 18;

export const ACCESSIBLE = 1;
export const COMPANION = 2;
export const RESTRICTED = 4;
/** The next index is no neighbour: the row ends here, or an aisle follows. */
export const CUT = 8;

export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export interface SectionLayout {
  index: number;
  name: string;
  zone: number;
  first: number;
  count: number;
  rowFirst: number;
  rowCount: number;
  /** x, y, x, y … around its seats. */
  outline: number[];
  box: Box;
  cx: number;
  cy: number;
  /** Its sides and how they are turned; `box` is larger where it is turned. */
  width: number;
  depth: number;
  turn: number;
}

export interface RowLayout {
  label: string;
  section: number;
  first: number;
  count: number;
  plan: PlanRow;
  /** Another section has a row of this name, so the name alone says too little. */
  shared: boolean;
}

export interface AreaLayout extends PlanArea {
  index: number;
  zoneIndex: number;
}

export interface Layout {
  plan: Plan;
  count: number;
  x: Float32Array;
  y: Float32Array;
  row: Uint32Array;
  section: Uint16Array;
  flags: Uint8Array;
  sections: SectionLayout[];
  rows: RowLayout[];
  areas: AreaLayout[];
  box: Box;
}

export const emptyBox = (): Box => ({ x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity });

export function grow(box: Box, x: number, y: number): void {
  box.x0 = Math.min(box.x0, x);
  box.y0 = Math.min(box.y0, y);
  box.x1 = Math.max(box.x1, x);
  box.y1 = Math.max(box.y1, y);
}

export function layOut(plan: Plan): Layout {
  const count = seatCount(plan);
  const layout: Layout = {
    plan,
    count,
    x: new Float32Array(count),
    y: new Float32Array(count),
    row: new Uint32Array(count),
    section: new Uint16Array(count),
    flags: new Uint8Array(count),
    sections: [],
    rows: [],
    areas: [],
    box: emptyBox(),
  };
  const zoneIndex = new Map(plan.zones.map((zone, index) => [zone.id, index]));
  let next = 0;
  for (const section of plan.sections) next = placeSection(layout, section, next, zoneIndex);
  markShared(layout.rows);
  for (const [index, area] of (plan.areas ?? []).entries()) {
    layout.areas.push({ ...area, index, zoneIndex: zoneIndex.get(area.zone) ?? 0 });
    grow(layout.box, area.x, area.y);
    grow(layout.box, area.x + area.w, area.y + area.h);
  }
  if (plan.stage) {
    grow(layout.box, plan.stage.x, plan.stage.y);
    grow(layout.box, plan.stage.x + plan.stage.w, plan.stage.y + plan.stage.h);
  }
  return layout;
}

function markShared(rows: RowLayout[]): void {
  const sections = new Map<string, Set<number>>();
  for (const { label, section } of rows) sections.set(label, (sections.get(label) ?? new Set()).add(section));
  for (const row of rows) row.shared = sections.get(row.label)!.size > 1;
}

export const seatCount = (plan: Plan): number =>
  plan.sections.reduce((n, section) => n + section.rows.reduce((m, row) => m + row.seats, 0), 0);

function placeSection(layout: Layout, plan: PlanSection, from: number, zones: Map<string, number>) {
  const index = layout.sections.length;
  const section: SectionLayout = {
    index, name: plan.name, zone: zones.get(plan.zone) ?? 0, first: from, count: 0,
    rowFirst: layout.rows.length, rowCount: plan.rows.length, outline: [], box: emptyBox(), cx: 0, cy: 0,
    width: PAD * 2, depth: PAD * 2 + Math.max(0, plan.rows.length - 1) * (plan.rowGap ?? ROW_GAP), turn: 0,
  };
  const radians = ((plan.angle ?? 0) * Math.PI) / 180;
  section.turn = radians;
  const cos = Math.cos(radians);
  const sin = Math.sin(radians);
  const gap = plan.seatGap ?? SEAT_GAP;
  let next = from;
  for (const [r, row] of plan.rows.entries()) {
    const xs = seatOffsets(row, gap);
    const middle = ((xs[0] ?? 0) + (xs.at(-1) ?? 0)) / 2;
    const half = Math.max(1, ((xs.at(-1) ?? 0) - (xs[0] ?? 0)) / 2);
    section.width = Math.max(section.width, half * 2 + PAD * 2);
    layout.rows.push({ label: row.label, section: index, first: next, count: row.seats, plan: row, shared: false });
    for (let i = 0; i < row.seats; i++, next++) {
      const t = (xs[i]! - middle) / half;
      const y = r * (plan.rowGap ?? ROW_GAP) + (plan.bow ?? 0) * t * t;
      layout.x[next] = plan.x + xs[i]! * cos - y * sin;
      layout.y[next] = plan.y + xs[i]! * sin + y * cos;
      layout.row[next] = layout.rows.length - 1;
      layout.section[next] = index;
    }
    markSeats(layout.flags, row, next - row.seats);
  }
  section.count = next - from;
  layout.sections.push(section);
  measure(layout, section);
  return next;
}

function seatOffsets(row: PlanRow, gap: number): number[] {
  const aisles = new Set(row.aisles ?? []);
  let gaps = 0;
  return Array.from({ length: row.seats }, (_, i) => {
    if (aisles.has(i)) gaps++;
    return (row.x ?? 0) + (i + gaps) * gap;
  });
}

function markSeats(flags: Uint8Array, row: PlanRow, first: number): void {
  const mark = (list: number[] | undefined, flag: number, shift = 0) => {
    for (const i of list ?? []) {
      const at = i + shift;
      if (at >= 0 && at < row.seats) flags[first + at]! |= flag;
    }
  };
  mark(row.accessible, ACCESSIBLE);
  mark(row.companion, COMPANION);
  mark(row.restricted, RESTRICTED);
  mark(row.aisles, CUT, -1);
  if (row.seats > 0) flags[first + row.seats - 1]! |= CUT;
}

function measure(layout: Layout, section: SectionLayout): void {
  for (let i = section.first; i < section.first + section.count; i++) {
    grow(section.box, layout.x[i]!, layout.y[i]!);
  }
  if (section.count === 0) grow(section.box, 0, 0);
  const { box } = section;
  for (const side of ['x0', 'y0'] as const) box[side] -= PAD;
  for (const side of ['x1', 'y1'] as const) box[side] += PAD;
  section.cx = (box.x0 + box.x1) / 2;
  section.cy = (box.y0 + box.y1) / 2;
  grow(layout.box, box.x0, box.y0);
  grow(layout.box, box.x1, box.y1);
  section.outline = outlineOf(layout, section);
}

/** Along the first row, down the right ends, back along the last row, up the left ends. */
function outlineOf(layout: Layout, section: SectionLayout): number[] {
  const rows = layout.rows.slice(section.rowFirst, section.rowFirst + section.rowCount);
  const around: number[] = [];
  const push = (i: number) => around.push(layout.x[i]!, layout.y[i]!);
  const last = rows.length - 1;
  const along = (row: RowLayout, backwards: boolean) => {
    const step = Math.max(1, Math.floor(row.count / 8));
    const stops = [];
    for (let i = 0; i < row.count - 1; i += step) stops.push(row.first + i);
    if (row.count > 0) stops.push(row.first + row.count - 1);
    for (const i of backwards ? stops.reverse() : stops) push(i);
  };
  if (last < 0) return around;
  along(rows[0]!, false);
  for (let r = 1; r < last; r++) if (rows[r]!.count) push(rows[r]!.first + rows[r]!.count - 1);
  if (last > 0) along(rows[last]!, true);
  for (let r = last - 1; r > 0; r--) if (rows[r]!.count) push(rows[r]!.first);
  return around;
}
