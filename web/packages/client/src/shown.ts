// What people show of themselves in a room, and what this client shows: volatile, never kept, the last value wins.

import type { ServerFrame } from './frames.gen.ts';
import { Computed, type Readable } from './store.ts';
import { SHOW_MS, type Timers } from './timing.ts';

/** What one session shows. */
export interface ShownValue<T = unknown> {
  account: number;
  value: T;
}

type LiveFrame = Extract<ServerFrame, { t: 'live' }>;

/** What others show, and what of one's own has come back. */
export class Shown {
  #shapes = new Map<string, Map<number, ShownValue>>();
  #views = new Map<string, Computed<Map<number, ShownValue>>>();

  view<T>(shape: string): Readable<ReadonlyMap<number, ShownValue<T>>> {
    let view = this.#views.get(shape);
    if (!view) this.#views.set(shape, (view = new Computed(() => new Map(this.#shapes.get(shape)))));
    return view as Readable<Map<number, ShownValue>> as Readable<ReadonlyMap<number, ShownValue<T>>>;
  }

  take({ all, values }: LiveFrame): void {
    const touched = new Set(all ? this.#shapes.keys() : []);
    if (all) this.#shapes.clear();
    for (const [shape, account, session, value] of values) {
      touched.add(shape);
      let sessions = this.#shapes.get(shape);
      if (!sessions) this.#shapes.set(shape, (sessions = new Map()));
      if (value === null) sessions.delete(session);
      else sessions.set(session, { account, value });
    }
    for (const shape of touched) this.#views.get(shape)?.touch();
  }

  /** A room that is joined tells everything anew (R53). */
  forget(): void {
    const shapes = [...this.#shapes.keys()];
    this.#shapes.clear();
    for (const shape of shapes) this.#views.get(shape)?.touch();
  }
}

/** What this client shows: sent not too often, and again after a new join, for it ended with its session. */
export class Showing {
  #send: (shape: string, value: unknown) => boolean;
  #timers: Timers;
  #values = new Map<string, unknown>();
  /** Shapes whose time has not come again, and whether there is a new value for then. */
  #resting = new Map<string, { timer: unknown; isNew: boolean }>();

  /** `send` answers whether it could. */
  constructor(send: (shape: string, value: unknown) => boolean, timers: Timers) {
    this.#send = send;
    this.#timers = timers;
  }

  show(shape: string, value: unknown): void {
    this.#values.set(shape, value);
    const resting = this.#resting.get(shape);
    if (resting) resting.isNew = true;
    else this.#tell(shape);
  }

  /** The room was joined, as a new session perhaps. */
  again(): void {
    for (const [shape, value] of [...this.#values]) {
      if (value === null) this.#values.delete(shape);
      else this.show(shape, value);
    }
  }

  end(): void {
    for (const { timer } of this.#resting.values()) this.#timers.clear(timer);
    this.#resting.clear();
    this.#values.clear();
  }

  #tell(shape: string): void {
    if (!this.#send(shape, this.#values.get(shape))) return;
    const timer = this.#timers.set(() => {
      const isNew = this.#resting.get(shape)?.isNew;
      this.#resting.delete(shape);
      if (isNew) this.#tell(shape);
    }, SHOW_MS);
    this.#resting.set(shape, { timer, isNew: false });
  }
}
