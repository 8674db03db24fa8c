// Which seat lies at a point, and which lies next in a direction: a grid of buckets over the plan.

import type { Box, Layout } from './layout.ts';

const CELL = 48;

export class SeatIndex {
  #layout: Layout;
  #columns: number;
  #rows: number;
  #starts: Uint32Array;
  #seats: Uint32Array;

  constructor(layout: Layout) {
    this.#layout = layout;
    const { box, count } = layout;
    this.#columns = Math.max(1, Math.ceil((box.x1 - box.x0) / CELL) || 1);
    this.#rows = Math.max(1, Math.ceil((box.y1 - box.y0) / CELL) || 1);
    const sizes = new Uint32Array(this.#columns * this.#rows + 1);
    for (let i = 0; i < count; i++) sizes[this.#cellOf(i) + 1]!++;
    for (let c = 1; c < sizes.length; c++) sizes[c]! += sizes[c - 1]!;
    this.#starts = sizes;
    this.#seats = new Uint32Array(count);
    const next = sizes.slice();
    for (let i = 0; i < count; i++) this.#seats[next[this.#cellOf(i)]!++] = i;
  }

  /** The nearest seat within `reach` of a point of the plan, or −1. */
  at(x: number, y: number, reach: number): number {
    let best = -1;
    let least = reach * reach;
    this.within({ x0: x - reach, y0: y - reach, x1: x + reach, y1: y + reach }, (i) => {
      const dx = this.#layout.x[i]! - x;
      const dy = this.#layout.y[i]! - y;
      const distance = dx * dx + dy * dy;
      if (distance <= least) [best, least] = [i, distance];
    });
    return best;
  }

  within(box: Box, visit: (index: number) => void): void {
    const { x, y } = this.#layout;
    const left = this.#clampColumn(box.x0);
    const right = this.#clampColumn(box.x1);
    const bottom = this.#clampRow(box.y1);
    for (let row = this.#clampRow(box.y0); row <= bottom; row++) {
      const from = this.#starts[row * this.#columns + left]!;
      const to = this.#starts[row * this.#columns + right + 1]!;
      for (let k = from; k < to; k++) {
        const i = this.#seats[k]!;
        if (x[i]! >= box.x0 && x[i]! <= box.x1 && y[i]! >= box.y0 && y[i]! <= box.y1) visit(i);
      }
    }
  }

  /** The nearest seat in a direction, preferring the straight line: for the arrow keys. */
  towards(from: number, dx: number, dy: number): number {
    const { x, y } = this.#layout;
    for (let reach = CELL; reach <= CELL * 16; reach *= 2) {
      const found = this.#towardsWithin(x[from]!, y[from]!, from, dx, dy, reach);
      if (found >= 0) return found;
    }
    return from;
  }

  #towardsWithin(x0: number, y0: number, from: number, dx: number, dy: number, reach: number) {
    let best = -1;
    let least = Infinity;
    this.within({ x0: x0 - reach, y0: y0 - reach, x1: x0 + reach, y1: y0 + reach }, (i) => {
      if (i === from) return;
      const ahead = (this.#layout.x[i]! - x0) * dx + (this.#layout.y[i]! - y0) * dy;
      const aside = Math.abs((this.#layout.x[i]! - x0) * dy - (this.#layout.y[i]! - y0) * dx);
      if (ahead < 4 || aside > ahead * 1.2) return;
      const cost = ahead + aside * 2;
      if (cost < least) [best, least] = [i, cost];
    });
    return best;
  }

  #cellOf(i: number): number {
    return this.#clampRow(this.#layout.y[i]!) * this.#columns + this.#clampColumn(this.#layout.x[i]!);
  }

  #clampColumn(x: number): number {
    const column = Math.floor((x - this.#layout.box.x0) / CELL);
    return Math.max(0, Math.min(this.#columns - 1, column));
  }

  #clampRow(y: number): number {
    const row = Math.floor((y - this.#layout.box.y0) / CELL);
    return Math.max(0, Math.min(this.#rows - 1, row));
  }
}
