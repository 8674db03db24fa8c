// Figures as geometry: where they are, what a pointer meets, in which order they are read. It draws nothing.

import { POINTS_MAX, REACH, type Figure, type Kind, type Placed } from './app.ts';

export interface Point {
  x: number;
  y: number;
}

export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

const LINE_HEIGHT = 1.25;
/** A character's width, of the size of the letters: on average, for what is only met and framed. */
const CHAR_WIDTH = 0.56;
/** Figures whose middles are this near in height are read as one line. */
const BAND = 80;

export const within = (value: number): number => Math.max(-REACH, Math.min(REACH, Math.round(value)));

/** The points where they are. */
export function absolute(points: readonly number[]): Point[] {
  const all: Point[] = [];
  let x = 0;
  let y = 0;
  for (let at = 0; at + 1 < points.length; at += 2) {
    x += points[at]!;
    y += points[at + 1]!;
    all.push({ x, y });
  }
  return all;
}

/** Whole numbers, each from the one before, as rooms keep them. */
export function relative(all: readonly Point[]): number[] {
  const points: number[] = [];
  let before: Point = { x: 0, y: 0 };
  for (const point of all) {
    const at = { x: within(point.x), y: within(point.y) };
    points.push(at.x - before.x, at.y - before.y);
    before = at;
  }
  return points;
}

/** The same line with as few points as it needs, never more than a stroke may have. */
export const thin = (all: readonly Point[], tolerance: number): Point[] => some(simplify(all, tolerance), POINTS_MAX);

/** At most so many of the points, evenly, with both ends. */
export function some(all: readonly Point[], count: number): Point[] {
  if (all.length <= count) return [...all];
  const step = (all.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, nth) => all[Math.round(nth * step)]!);
}

/** Douglas and Peucker, without recursion: a long stroke would be deep. */
function simplify(all: readonly Point[], tolerance: number): Point[] {
  if (all.length < 3) return [...all];
  const keep = new Uint8Array(all.length);
  keep[0] = keep[all.length - 1] = 1;
  const open: [number, number][] = [[0, all.length - 1]];
  for (let part = open.pop(); part; part = open.pop()) {
    const [from, to] = part;
    let worst = 0;
    let at = -1;
    for (let i = from + 1; i < to; i++) {
      const off = fromSegment(all[i]!, all[from]!, all[to]!);
      if (off > worst) [worst, at] = [off, i];
    }
    if (worst <= tolerance) continue;
    keep[at] = 1;
    open.push([from, at], [at, to]);
  }
  return all.filter((_, i) => keep[i]);
}

export function fromSegment(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length));
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

export const fontSize = (width: number): number => 12 + 3 * width;
export const lineHeight = (width: number): number => fontSize(width) * LINE_HEIGHT;
export const lines = (text: string): string[] => text.split('\n');

/** The bounds of the line itself, without its width. */
export function bounds(figure: Figure): Box {
  const all = absolute(figure.points);
  const first = all[0] ?? { x: 0, y: 0 };
  if (figure.kind === 'text') {
    const rows = lines(figure.text ?? '');
    const longest = Math.max(1, ...rows.map((row) => [...row].length));
    const size = fontSize(figure.width);
    return { x0: first.x, y0: first.y, x1: first.x + longest * size * CHAR_WIDTH, y1: first.y + rows.length * size * LINE_HEIGHT };
  }
  const box = { x0: first.x, y0: first.y, x1: first.x, y1: first.y };
  for (const { x, y } of all) {
    box.x0 = Math.min(box.x0, x);
    box.y0 = Math.min(box.y0, y);
    box.x1 = Math.max(box.x1, x);
    box.y1 = Math.max(box.y1, y);
  }
  return box;
}

export const grown = (box: Box, by: number): Box => ({ x0: box.x0 - by, y0: box.y0 - by, x1: box.x1 + by, y1: box.y1 + by });
export const boxOf = (a: Point, b: Point): Box =>
  ({ x0: Math.min(a.x, b.x), y0: Math.min(a.y, b.y), x1: Math.max(a.x, b.x), y1: Math.max(a.y, b.y) });
const holds = (box: Box, p: Point): boolean => p.x >= box.x0 && p.x <= box.x1 && p.y >= box.y0 && p.y <= box.y1;
export const encloses = (outer: Box, box: Box): boolean =>
  box.x0 >= outer.x0 && box.y0 >= outer.y0 && box.x1 <= outer.x1 && box.y1 <= outer.y1;

/** What all of them take up together, with their lines' widths. */
export function boundsOf(figures: readonly Figure[]): Box | null {
  if (figures.length === 0) return null;
  const all = figures.map((figure) => grown(bounds(figure), figure.kind === 'text' ? 0 : figure.width * (figure.kind === 'arrow' ? 3 : 0.5)));
  return {
    x0: Math.min(...all.map((box) => box.x0)), y0: Math.min(...all.map((box) => box.y0)),
    x1: Math.max(...all.map((box) => box.x1)), y1: Math.max(...all.map((box) => box.y1)),
  };
}

/** Whether a pointer that is as wide as `slack` all around meets the figure. */
export function meets(figure: Figure, p: Point, slack: number): boolean {
  const near = slack + (figure.kind === 'text' ? 0 : figure.width / 2);
  const box = bounds(figure);
  if (!holds(grown(box, near), p)) return false;
  if (figure.kind === 'text') return true;
  if (figure.kind === 'rect') return figure.fill || !holds(grown(box, -near), p);
  if (figure.kind === 'ellipse') return meetsEllipse(box, p, near, figure.fill === true);
  const all = absolute(figure.points);
  if (all.length === 1) return Math.hypot(p.x - all[0]!.x, p.y - all[0]!.y) <= near;
  return all.some((point, at) => at > 0 && fromSegment(p, all[at - 1]!, point) <= near);
}

function meetsEllipse(box: Box, p: Point, near: number, isFilled: boolean): boolean {
  const [cx, cy] = [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2];
  const [rx, ry] = [(box.x1 - box.x0) / 2, (box.y1 - box.y0) / 2];
  const isIn = (by: number) =>
    rx + by > 0 && ry + by > 0 && ((p.x - cx) / (rx + by)) ** 2 + ((p.y - cy) / (ry + by)) ** 2 <= 1;
  return isIn(near) && (isFilled || !isIn(-near));
}

/** The topmost item that a pointer meets; `items` lie from below to above. */
export function hit(items: readonly Placed[], p: Point, slack: number): Placed | null {
  for (let at = items.length - 1; at >= 0; at--) if (meets(items[at]!, p, slack)) return items[at]!;
  return null;
}

/** As one reads: line by line from the top, each from the left. */
export function readingOrder(items: readonly Placed[]): Placed[] {
  const placed = items.map((item) => {
    const box = bounds(item);
    return { item, band: Math.floor((box.y0 + box.y1) / 2 / BAND), x: box.x0 };
  });
  placed.sort((a, b) => a.band - b.band || a.x - b.x || a.item.z - b.item.z);
  return placed.map(({ item }) => item);
}

/** The item after this one, or before it; null past either end. */
export function neighbour(items: readonly Placed[], id: string | null, step: 1 | -1): Placed | null {
  const order = readingOrder(items);
  if (id === null) return (step === 1 ? order[0] : order.at(-1)) ?? null;
  const at = order.findIndex((item) => item.id === id);
  return at < 0 ? (order[0] ?? null) : (order[at + step] ?? null);
}

/** As far as all of them can go that way. */
export function reachable(items: readonly Figure[], dx: number, dy: number): [number, number] {
  let [x, y] = [Math.round(dx), Math.round(dy)];
  for (const { points } of items) {
    for (const point of absolute(points)) {
      x = Math.max(-REACH - point.x, Math.min(REACH - point.x, x));
      y = Math.max(-REACH - point.y, Math.min(REACH - point.y, y));
    }
  }
  return [x, y];
}

export const shifted = (points: readonly number[], dx: number, dy: number): number[] =>
  [points[0]! + dx, points[1]! + dy, ...points.slice(2)];

/** A figure between two points; with `isEven` as wide as high, or a line in steps of 45°. */
export function between(kind: Kind, from: Point, to: Point, isEven: boolean): number[] {
  if (!isEven) return relative([from, to]);
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  if (kind === 'rect' || kind === 'ellipse') {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    return relative([from, { x: from.x + side * (dx < 0 ? -1 : 1), y: from.y + side * (dy < 0 ? -1 : 1) }]);
  }
  const angle = Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) * (Math.PI / 4);
  const length = Math.hypot(dx, dy);
  return relative([from, { x: from.x + Math.cos(angle) * length, y: from.y + Math.sin(angle) * length }]);
}
