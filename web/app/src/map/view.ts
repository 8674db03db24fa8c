// Where the map stands: scale and shift between plan units and pixels. Pure arithmetic.

import { SEAT_GAP, type Box } from '../plan/layout.ts';

export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** A seat never grows beyond this many pixels of pitch. */
const PITCH_MAX = 56;

export const toScreen = (view: View, x: number, y: number): [number, number] => [
  x * view.scale + view.x,
  y * view.scale + view.y,
];

export const toPlan = (view: View, x: number, y: number): [number, number] => [
  (x - view.x) / view.scale,
  (y - view.y) / view.scale,
];

export function fit(box: Box, size: Size, pad: number): View {
  const width = Math.max(1, box.x1 - box.x0);
  const height = Math.max(1, box.y1 - box.y0);
  const inner = { w: Math.max(1, size.width - pad * 2), h: Math.max(1, size.height - pad * 2) };
  const scale = Math.min(inner.w / width, inner.h / height, PITCH_MAX / SEAT_GAP);
  return centred(box, size, scale);
}

export function centred(box: Box, size: Size, scale: number): View {
  const x = size.width / 2 - ((box.x0 + box.x1) / 2) * scale;
  const y = size.height / 2 - ((box.y0 + box.y1) / 2) * scale;
  return { scale, x, y };
}

export function zoomAt(view: View, factor: number, x: number, y: number, home: View): View {
  const scale = Math.max(home.scale, Math.min(PITCH_MAX / SEAT_GAP, view.scale * factor));
  const real = scale / view.scale;
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
}

/** Keeps the plan in sight: smaller than the window it stays centred, larger it covers it. */
export function keepInSight(view: View, box: Box, size: Size): View {
  const axis = (shift: number, low: number, high: number, room: number) => {
    const margin = Math.min(80, room / 4);
    const extent = (high - low) * view.scale;
    if (extent <= room - margin) return room / 2 - ((low + high) / 2) * view.scale;
    return Math.min(margin - low * view.scale, Math.max(room - margin - high * view.scale, shift));
  };
  return {
    scale: view.scale,
    x: axis(view.x, box.x0, box.x1, size.width),
    y: axis(view.y, box.y0, box.y1, size.height),
  };
}

export function visibleBox(view: View, size: Size, margin: number): Box {
  const [x0, y0] = toPlan(view, -margin, -margin);
  const [x1, y1] = toPlan(view, size.width + margin, size.height + margin);
  return { x0, y0, x1, y1 };
}

export const overlaps = (a: Box, b: Box): boolean =>
  a.x0 <= b.x1 && a.x1 >= b.x0 && a.y0 <= b.y1 && a.y1 >= b.y0;

export const pitchOf = (view: View): number => view.scale * SEAT_GAP;

export function between(a: View, b: View, t: number): View {
  const eased = 1 - (1 - t) ** 3;
  const mix = (from: number, to: number) => from + (to - from) * eased;
  return { scale: mix(a.scale, b.scale), x: mix(a.x, b.x), y: mix(a.y, b.y) };
}
