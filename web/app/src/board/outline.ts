// Figures as SVG paths, for the page and for the exported file alike.

import { absolute, bounds, type Point } from './geometry.ts';
import type { Figure } from './app.ts';

const n = (value: number): string => String(Math.round(value * 100) / 100);
const at = ({ x, y }: Point): string => `${n(x)} ${n(y)}`;

/** The path of everything but a text. */
export function outline(figure: Figure): string {
  const all = absolute(figure.points);
  const first = all[0];
  if (!first) return '';
  if (figure.kind === 'rect') {
    const { x0, y0, x1, y1 } = bounds(figure);
    return `M${n(x0)} ${n(y0)}H${n(x1)}V${n(y1)}H${n(x0)}Z`;
  }
  if (figure.kind === 'ellipse') return ellipse(figure);
  if (figure.kind === 'stroke') return stroke(all);
  const end = all[1] ?? first;
  const shaft = `M${at(first)}L${at(end)}`;
  return figure.kind === 'arrow' ? shaft + head(first, end, figure.width) : shaft;
}

function ellipse(figure: Figure): string {
  const { x0, y0, x1, y1 } = bounds(figure);
  const [rx, ry, y] = [(x1 - x0) / 2, (y1 - y0) / 2, n((y0 + y1) / 2)];
  const arc = `A${n(rx)} ${n(ry)} 0 0 1 `;
  return `M${n(x0)} ${y}${arc}${n(x1)} ${y}${arc}${n(x0)} ${y}Z`;
}

/** Smooth through the middles between points; a dot is a line of no length. */
function stroke(all: readonly Point[]): string {
  const first = all[0]!;
  if (all.length === 1) return `M${at(first)}l0 0`;
  let path = `M${at(first)}`;
  for (let i = 1; i + 1 < all.length; i++) {
    const [a, b] = [all[i]!, all[i + 1]!];
    path += `Q${at(a)} ${at({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })}`;
  }
  return `${path}L${at(all.at(-1)!)}`;
}

function head(from: Point, to: Point, width: number): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return '';
  const size = Math.min(8 + width * 3, length);
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const barb = (turn: number): Point =>
    ({ x: to.x - size * Math.cos(angle + turn), y: to.y - size * Math.sin(angle + turn) });
  return `M${at(barb(0.5))}L${at(to)}L${at(barb(-0.5))}`;
}
