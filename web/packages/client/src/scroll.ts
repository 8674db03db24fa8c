// A log that is read backwards: its tail as it comes, and older pages as they are asked for, amended as the room amends.

import type { Change } from './shapes.ts';
import { type Readable, Value } from './store.ts';

export type LogRow<T = unknown> = readonly [no: number, value: T];

export interface HistoryPage<T = unknown> {
  rows: LogRow<T>[];
  /** Whether there is more before these. */
  more: boolean;
}

export interface ScrollHost<T> {
  shape: string;
  tail(): ReadonlyMap<number, T>;
  history(before: number | undefined): Promise<HistoryPage<T>>;
  onChange(run: (change: Change) => void): () => void;
}

export class Scroll<T = unknown> {
  #host: ScrollHost<T>;
  #kept = new Map<number, T>();
  /** What was amended while a page was on its way, which may be older than that. */
  #amended = new Map<number, T>();
  #rows = new Value<readonly LogRow<T>[]>([]);
  #more = new Value(true);
  #asking: Promise<void> | null = null;
  #round = 0;
  #end: () => void;

  constructor(host: ScrollHost<T>) {
    this.#host = host;
    this.#end = host.onChange((change) => this.#changed(change));
    this.#startOver();
  }

  /** What is there of the log, oldest first. */
  get rows(): Readable<readonly LogRow<T>[]> {
    return this.#rows;
  }

  /** Whether there may be older rows. */
  get more(): Readable<boolean> {
    return this.#more;
  }

  /** Fetches the page before the oldest row; asked twice at once it is fetched once. */
  older(): Promise<void> {
    if (!this.#more.get()) return Promise.resolve();
    this.#asking ??= this.#fetch(this.#round).finally(() => (this.#asking = null));
    return this.#asking;
  }

  close(): void {
    this.#end();
  }

  async #fetch(round: number): Promise<void> {
    this.#amended.clear();
    const page = await this.#host.history(this.#rows.get()[0]?.[0]);
    if (round !== this.#round) return;
    for (const [no, value] of page.rows) {
      if (!this.#kept.has(no)) this.#kept.set(no, this.#amended.get(no) ?? value);
    }
    this.#more.set(page.more);
    this.#publish();
  }

  #changed(change: Change): void {
    const { shape, tail } = this.#host;
    if (change.reset) return this.#startOver();
    const older = change.older.filter(([name]) => name === shape);
    if (!older.length && !change.logs.has(shape)) return;
    for (const [, no, value] of older) (this.#kept.has(no) ? this.#kept : this.#amended).set(no, value as T);
    // What a guess had added and took back is no row.
    const rows = tail();
    const last = Math.max(0, ...rows.keys());
    for (const no of change.logs.get(shape) ?? []) if (no > last) this.#kept.delete(no);
    for (const [no, value] of rows) this.#kept.set(no, value);
    this.#publish();
  }

  /** A copy that came whole says nothing of older rows: they may have been amended. */
  #startOver(): void {
    this.#round++;
    this.#kept = new Map(this.#host.tail());
    const first = Math.min(...this.#kept.keys());
    this.#more.set(first > 1 && first !== Infinity);
    this.#publish();
  }

  #publish(): void {
    this.#rows.set([...this.#kept].sort(([a], [b]) => a - b));
  }
}
