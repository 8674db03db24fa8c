// What a client asks of one room, from the asking to the one answer: it waits for a connection, is sent in order, sent
// again with the same id after a loss or a refusal that passes, and settles once. It applies nothing.

import type { Request } from './frames.gen.ts';
import type { Answer, Link } from './link.ts';
import { PASSING, REJOIN, Refusal, ownRefusal } from './refusal.ts';
import { type Readable, Value } from './store.ts';
import { IN_FLIGHT_MAX, PASSING_TRIES_MAX, PASSING_WAIT_MS, QUEUE_MAX, type Timers } from './timing.ts';

export interface Letter {
  /** Made when it is sent: a command carries the room's term of that time. */
  request(): Request;
  /** Who asked; nobody else sends it. */
  account: number | null;
  /** Told when it is sent. */
  sent?(): void;
  ok(answer: Answer): void;
  failed(reason: unknown): void;
}

interface Queued extends Letter {
  tries: number;
  /** The connection that it is on its way on. */
  link: Link | null;
  wasSent: boolean;
  /** Until when it waits after a refusal that passes. */
  rest: unknown;
}

export interface OutboxHost {
  timers: Timers;
  account(): number | null;
  renewToken(): Promise<boolean>;
  joinAgain(): void;
}

export class Outbox {
  #host: OutboxHost;
  #queue: Queued[] = [];
  #link: Link | null = null;
  #count = new Value(0);
  /** The server said that we are too fast: one at a time until everything is sent. */
  #isSlow = false;

  constructor(host: OutboxHost) {
    this.#host = host;
  }

  /** How many wait to be sent. */
  get waiting(): Readable<number> {
    return this.#count;
  }

  /** Answers how to withdraw it while it was never sent. */
  put(letter: Letter): () => void {
    if (this.#queue.filter(({ link }) => !link).length >= QUEUE_MAX) {
      letter.failed(ownRefusal('queue_full'));
      return () => {};
    }
    const queued: Queued = { ...letter, tries: 0, link: null, wasSent: false, rest: null };
    this.#queue.push(queued);
    this.#pump();
    return () => {
      if (!queued.wasSent) this.#fail(queued, ownRefusal('withdrawn'));
    };
  }

  /** The room can be asked on this connection, or on none. */
  use(link: Link | null): void {
    this.#link = link;
    if (link) this.#refuseOthers();
    this.#pump();
  }

  refuseAll(reason: Refusal): void {
    for (const queued of [...this.#queue]) this.#fail(queued, reason);
  }

  /** What one person asked is never sent as another. */
  #refuseOthers(): void {
    const now = this.#host.account();
    const isOthers = ({ account }: Queued) => account !== null && now !== null && account !== now;
    for (const queued of this.#queue.filter(isOthers)) this.#fail(queued, ownRefusal('other_account'));
  }

  #pump(): void {
    const max = this.#isSlow ? 1 : IN_FLIGHT_MAX;
    let free = max - this.#queue.filter(({ link }) => link).length;
    for (const queued of [...this.#queue]) {
      if (!this.#link || free <= 0) break;
      if (queued.link || !this.#queue.includes(queued)) continue;
      // Who is too fast waits with everything behind it, so that the order stays.
      if (queued.rest !== null && this.#isSlow) break;
      if (queued.rest !== null) continue;
      free--;
      this.#send(queued, this.#link);
    }
    this.#count.set(this.#queue.filter(({ link }) => !link).length);
  }

  #send(queued: Queued, link: Link): void {
    queued.link = link;
    queued.wasSent = true;
    queued.sent?.();
    link.ask(queued.request(), {
      ok: (answer) => {
        this.#drop(queued);
        queued.ok(answer);
        this.#pump();
      },
      failed: (reason) => {
        if (queued.link !== link) return;
        queued.link = null;
        if (reason instanceof Refusal) return this.#refused(queued, reason);
        // The room will say when it can be asked again, and on what.
        if (this.#link === link) this.#link = null;
        this.#pump();
      },
    });
  }

  #refused(queued: Queued, reason: Refusal): void {
    const { code } = reason;
    if (code === 'rate_limited') this.#isSlow = true;
    else if (REJOIN.has(code)) {
      if (this.#link) this.#host.joinAgain();
      return this.#pump();
    } else if (++queued.tries >= PASSING_TRIES_MAX) return this.#fail(queued, reason);
    if (PASSING.has(code)) return this.#rest(queued, reason.retryAfterMs ?? PASSING_WAIT_MS * 2 ** queued.tries);
    if (code === 'token_expired') return this.#renew(queued, reason);
    this.#fail(queued, reason);
  }

  #rest(queued: Queued, ms: number): void {
    queued.rest = this.#host.timers.set(() => {
      queued.rest = null;
      this.#pump();
    }, ms);
    this.#pump();
  }

  #renew(queued: Queued, reason: Refusal): void {
    queued.rest = true;
    void this.#host.renewToken().then((isRenewed) => {
      queued.rest = null;
      if (isRenewed) this.#pump();
      else this.#fail(queued, reason);
    });
  }

  #fail(queued: Queued, reason: unknown): void {
    if (!this.#drop(queued)) return;
    if (queued.rest !== null) this.#host.timers.clear(queued.rest);
    queued.failed(reason);
    this.#pump();
  }

  #drop(queued: Queued): boolean {
    const before = this.#queue.length;
    this.#queue = this.#queue.filter((other) => other !== queued);
    if (!this.#queue.length) this.#isSlow = false;
    return this.#queue.length < before;
  }
}
