// The generic copy of a room's shapes, kept per audience; it applies parts and fragments and knows no application.

import type { Fragment, Key, Op, Part } from './frames.gen.ts';

/** What one message changed: keys of rows, indices of grids, numbers of logs' rows, names of cells. */
export interface Change {
  reset: boolean;
  cells: Set<string>;
  rows: Map<string, Set<string>>;
  grids: Map<string, number[]>;
  logs: Map<string, number[]>;
  signals: [string, unknown][];
  /** Rows of logs from before those that a copy keeps: shape, number, value. */
  older: [string, number, unknown][];
}

export const emptyChange = (reset = false): Change => ({
  reset,
  cells: new Set(),
  rows: new Map(),
  grids: new Map(),
  logs: new Map(),
  signals: [],
  older: [],
});

export const isTouched = ({ cells, rows, grids, logs, signals, older }: Change): boolean =>
  cells.size + rows.size + grids.size + logs.size + signals.length + older.length > 0;

interface Audience {
  cells: Map<string, unknown>;
  rows: Map<string, Map<string, unknown>>;
  grids: Map<string, Uint8Array>;
  logs: Map<string, Map<number, unknown>>;
}

const emptyAudience = (): Audience => ({ cells: new Map(), rows: new Map(), grids: new Map(), logs: new Map() });

/** Where drafts put what no audience has yet; no audience of a room has this name. */
const AHEAD = '';

/** Values are packed from the low bits of each byte up (R8); `bits` divides 8 or is a multiple of it. */
export function unpackGrid(bits: number, length: number, data: string): Uint8Array {
  const packed = atob(data);
  const values = new Uint8Array(length);
  if (bits >= 8) {
    for (let i = 0; i < length; i++) values[i] = packed.charCodeAt((i * bits) / 8);
    return values;
  }
  const mask = (1 << bits) - 1;
  for (let i = 0; i < length; i++) {
    const at = i * bits;
    const byte = packed.charCodeAt(at >> 3);
    const next = (at & 7) + bits > 8 ? packed.charCodeAt((at >> 3) + 1) << 8 : 0;
    values[i] = ((byte | next) >> (at & 7)) & mask;
  }
  return values;
}

/** A write that can be taken back, as long as nothing else was written since. */
export type TakeBack = (change: Change) => void;

export class Shapes {
  #audiences = new Map<string, Audience>();

  cell<T>(shape: string): T | undefined {
    for (const audience of this.#audiences.values()) {
      if (audience.cells.has(shape)) return audience.cells.get(shape) as T;
    }
    return undefined;
  }

  /** Rows by key, in no order. */
  rows<T>(shape: string): Map<string, T> {
    const all = new Map<string, T>();
    for (const audience of this.#audiences.values()) {
      for (const [key, value] of audience.rows.get(shape) ?? []) {
        // No JSON is undefined: a draft deletes by it, so that what it takes back keeps its place.
        if (value !== undefined) all.set(key, value as T);
      }
    }
    return all;
  }

  grid(shape: string): Uint8Array | undefined {
    for (const audience of this.#audiences.values()) {
      const grid = audience.grids.get(shape);
      if (grid) return grid;
    }
    return undefined;
  }

  /** A log's rows by number, as far back as this copy vouches for them (R50). */
  log<T>(shape: string): ReadonlyMap<number, T> {
    for (const audience of this.#audiences.values()) {
      const log = audience.logs.get(shape);
      if (log) return log as Map<number, T>;
    }
    return new Map();
  }

  replace(parts: Part[]): void {
    this.#audiences.clear();
    for (const part of parts) {
      const audience = this.#audience(part.aud);
      for (const [name, shape] of Object.entries(part.shapes)) {
        if ('cell' in shape) audience.cells.set(name, shape.cell);
        else if ('rows' in shape) {
          audience.rows.set(name, new Map(shape.rows.map(([key, value]) => [String(key), value])));
        } else if ('log' in shape) audience.logs.set(name, new Map(shape.log));
        else {
          const { bits, length, data } = shape.grid;
          audience.grids.set(name, unpackGrid(bits, length, data));
        }
      }
    }
  }

  apply(fragment: Fragment, change: Change): void {
    const audience = this.#audience(fragment.aud);
    for (const op of fragment.ops) applyOp(audience, op, change);
  }

  clear(): void {
    this.#audiences.clear();
  }

  setCell(shape: string, value: unknown, change: Change): TakeBack {
    const { cells } = this.#holder((audience) => audience.cells.has(shape));
    return write(cells, shape, value, (change) => change.cells.add(shape), change);
  }

  /** `undefined` deletes. */
  setRow(shape: string, key: string, value: unknown, change: Change): TakeBack {
    const audience = this.#holder(
      ({ rows }) => rows.get(shape)?.get(key) !== undefined,
      ({ rows }) => rows.has(shape),
    );
    return write(rowsOf(audience, shape), key, value, (change) => touchRow(change, shape, key), change);
  }

  setPlace(shape: string, index: number, value: number, change: Change): TakeBack {
    const grid = this.grid(shape);
    const before = grid?.[index];
    if (!grid || before === undefined) return () => {};
    grid[index] = value;
    touch(change.grids, shape, index);
    return (change) => {
      grid[index] = before;
      touch(change.grids, shape, index);
    };
  }

  setLogRow(shape: string, no: number, value: unknown, change: Change): TakeBack {
    const audience = this.#holder(({ logs }) => logs.has(shape));
    return write(logOf(audience, shape), no, value, (change) => touch(change.logs, shape, no), change);
  }

  /** The first audience for which one of the questions is true, the earlier question first. */
  #holder(...questions: ((audience: Audience) => boolean)[]): Audience {
    for (const is of questions) {
      for (const audience of this.#audiences.values()) if (is(audience)) return audience;
    }
    return this.#audience(AHEAD);
  }

  #audience(name: string): Audience {
    let audience = this.#audiences.get(name);
    if (!audience) this.#audiences.set(name, (audience = emptyAudience()));
    return audience;
  }
}

function write<K>(
  map: Map<K, unknown>, key: K, value: unknown, mark: (change: Change) => void, change: Change,
): TakeBack {
  const had = map.has(key);
  const before = map.get(key);
  map.set(key, value);
  mark(change);
  return (later) => {
    if (had) map.set(key, before);
    else map.delete(key);
    mark(later);
  };
}

function applyOp(audience: Audience, op: Op, change: Change): void {
  switch (op[0]) {
    case 'cell':
      audience.cells.set(op[1], op[2]);
      change.cells.add(op[1]);
      return;
    case 'put':
      rowsOf(audience, op[1]).set(String(op[2]), op[3]);
      touchRow(change, op[1], op[2]);
      return;
    case 'del':
      rowsOf(audience, op[1]).delete(String(op[2]));
      touchRow(change, op[1], op[2]);
      return;
    case 'set':
      setGrid(audience, op[1], op.slice(2) as number[], change);
      return;
    case 'log':
      setLog(audience, op[1], op[2], op[3], change);
      return;
    case 'signal':
      change.signals.push([op[1], op[2]]);
  }
}

function setGrid(audience: Audience, shape: string, pairs: number[], change: Change) {
  const grid = audience.grids.get(shape);
  if (!grid) return;
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const index = pairs[at]!;
    if (index >= grid.length) continue;
    grid[index] = pairs[at + 1]!;
    touch(change.grids, shape, index);
  }
}

/** Rows of a log that a copy keeps: those of a snapshot (R50). */
const LOG_ROWS_SHOWN = 100;

function setLog(audience: Audience, shape: string, no: number, value: unknown, change: Change) {
  const log = logOf(audience, shape);
  const [oldest] = log.keys();
  if (oldest !== undefined && no < oldest) {
    change.older.push([shape, no, value]);
    return;
  }
  log.set(no, value);
  if (log.size > LOG_ROWS_SHOWN && oldest !== undefined) log.delete(oldest);
  touch(change.logs, shape, no);
}

function rowsOf(audience: Audience, shape: string): Map<string, unknown> {
  let rows = audience.rows.get(shape);
  if (!rows) audience.rows.set(shape, (rows = new Map()));
  return rows;
}

function logOf(audience: Audience, shape: string): Map<number, unknown> {
  let log = audience.logs.get(shape);
  if (!log) audience.logs.set(shape, (log = new Map()));
  return log;
}

function touchRow(change: Change, shape: string, key: Key): void {
  const touched = change.rows.get(shape);
  if (touched) touched.add(String(key));
  else change.rows.set(shape, new Set([String(key)]));
}

function touch(touched: Map<string, number[]>, shape: string, at: number): void {
  const before = touched.get(shape);
  if (before) before.push(at);
  else touched.set(shape, [at]);
}
