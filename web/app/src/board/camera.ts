// Which part of the board is on the screen: pure arithmetic.

import type { Box, Point } from './geometry.ts';

/** A point of the board is shown at (point − this) × scale. */
export interface Camera extends Point {
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

const SCALE_MIN = 0.04;
const SCALE_MAX = 8;

export const toBoard = (camera: Camera, at: Point): Point =>
  ({ x: at.x / camera.scale + camera.x, y: at.y / camera.scale + camera.y });

export const toScreen = (camera: Camera, p: Point): Point =>
  ({ x: (p.x - camera.x) * camera.scale, y: (p.y - camera.y) * camera.scale });

/** As if the board were drawn along by so many pixels. */
export const panned = (camera: Camera, dx: number, dy: number): Camera =>
  ({ ...camera, x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale });

/** What is under `at` stays there. */
export function zoomed(camera: Camera, factor: number, at: Point): Camera {
  const scale = Math.max(SCALE_MIN, Math.min(SCALE_MAX, camera.scale * factor));
  const fixed = toBoard(camera, at);
  return { scale, x: fixed.x - at.x / scale, y: fixed.y - at.y / scale };
}

export const middle = (size: Size): Point => ({ x: size.width / 2, y: size.height / 2 });

/** Everything on the screen, at most at its own size; an empty board with its middle in the middle. */
export function fitted(box: Box | null, size: Size, pad = 40): Camera {
  const shown = box ?? { x0: 0, y0: 0, x1: 0, y1: 0 };
  const room = { w: Math.max(1, size.width - 2 * pad), h: Math.max(1, size.height - 2 * pad) };
  const [w, h] = [Math.max(1, shown.x1 - shown.x0), Math.max(1, shown.y1 - shown.y0)];
  const scale = Math.max(SCALE_MIN, Math.min(1, room.w / w, room.h / h));
  return {
    scale,
    x: (shown.x0 + shown.x1) / 2 - size.width / 2 / scale,
    y: (shown.y0 + shown.y1) / 2 - size.height / 2 / scale,
  };
}

/** The least move that brings a box onto the screen. */
export function revealing(camera: Camera, box: Box, size: Size, pad = 24): Camera {
  const a = toScreen(camera, { x: box.x0, y: box.y0 });
  const b = toScreen(camera, { x: box.x1, y: box.y1 });
  const way = (low: number, high: number, room: number) =>
    low < pad ? pad - low : high > room - pad ? Math.max(room - pad - high, pad - low) : 0;
  return panned(camera, way(a.x, b.x, size.width), way(a.y, b.y, size.height));
}
