// A room's shapes as values to subscribe to: each is computed when somebody reads it, and told when it was touched.

import type { Copy } from './copy.ts';
import type { Change, Shapes } from './shapes.ts';
import { Computed, type Readable } from './store.ts';

/** A grid: always the same values, and which of them changed since the last time this was told (null: any). */
export interface GridView {
  readonly values: Readonly<Uint8Array>;
  readonly changed: readonly number[] | null;
}

interface View {
  isTouched(change: Change): boolean;
  value: Computed<unknown>;
}

export class Views {
  #shapes: Shapes;
  #views = new Map<string, View>();
  #change: Change | null = null;

  constructor(copy: Copy) {
    this.#shapes = copy.shapes;
  }

  touch(change: Change): void {
    this.#change = change;
    for (const { value, isTouched } of [...this.#views.values()]) {
      if (change.reset || isTouched(change)) value.touch();
    }
    this.#change = null;
  }

  cell<T>(shape: string): Readable<T | undefined> {
    return this.#view(`cell ${shape}`, (change) => change.cells.has(shape), () => this.#shapes.cell<T>(shape));
  }

  rows<T>(shape: string): Readable<ReadonlyMap<string, T>> {
    return this.#view(`rows ${shape}`, (change) => change.rows.has(shape), () => this.#shapes.rows<T>(shape));
  }

  log<T>(shape: string): Readable<readonly (readonly [number, T])[]> {
    const inOrder = () => [...this.#shapes.log<T>(shape)].sort(([a], [b]) => a - b);
    return this.#view(`log ${shape}`, (change) => change.logs.has(shape), inOrder);
  }

  grid(shape: string): Readable<GridView> {
    const none = new Uint8Array(0);
    return this.#view(`grid ${shape}`, (change) => change.grids.has(shape), () => ({
      values: this.#shapes.grid(shape) ?? none,
      changed: (!this.#change?.reset && this.#change?.grids.get(shape)) || null,
    }));
  }

  #view<T>(name: string, isTouched: View['isTouched'], compute: () => T): Readable<T> {
    let view = this.#views.get(name);
    if (!view) this.#views.set(name, (view = { isTouched, value: new Computed<unknown>(compute) }));
    return view.value as Computed<T>;
  }
}
