// A room as one client sees it: its copy, its position, and the commands that are not answered yet. It owns no socket.

import type { Fragment, Have, Joined, Ok, Part } from './frames.gen.ts';
import { LinkClosed, type Link } from './link.ts';
import { PASSING, REJOIN, Refusal } from './refusal.ts';
import { type Change, Shapes, emptyChange } from './shapes.ts';
import { type Readable, Value } from './store.ts';
import { PASSING_TRIES_MAX, PASSING_WAIT_MS, type Timers } from './timing.ts';

export type RoomStatus = 'joining' | 'live' | 'stale' | 'gone';

export interface Accepted<T = unknown> {
  seq: number;
  body: T;
}

interface Pending {
  id: string;
  name: string;
  body: unknown;
  tries: number;
  /** The link it was last sent on, so that it is not sent twice on one. */
  link: Link | null;
  resolve(accepted: Accepted): void;
  reject(reason: unknown): void;
}

interface Settling {
  seq: number;
  run(): void;
}

export interface RoomHost {
  link(): Link | null;
  timers: Timers;
  newId(): string;
  renewToken(): Promise<boolean>;
  forget(room: Room): void;
}

export class Room {
  readonly path: string;
  readonly shapes = new Shapes();
  readonly presence = new Value({ here: 0, watching: 0 });
  role = '';
  refusal: string | null = null;

  #host: RoomHost;
  #status = new Value<RoomStatus>('joining');
  #changes = new Set<(change: Change) => void>();
  #epoch: string | null = null;
  #term = 0;
  #position = 0;
  #seen = new Map<string, number>();
  #base = 0;
  #inSync = false;
  #fresh = false;
  #pending: Pending[] = [];
  #settling: Settling[] = [];
  users = 0;

  constructor(path: string, host: RoomHost) {
    this.path = path;
    this.#host = host;
  }

  get status(): Readable<RoomStatus> {
    return this.#status;
  }

  get position(): number {
    return this.#position;
  }

  onChange(run: (change: Change) => void): () => void {
    this.#changes.add(run);
    return () => this.#changes.delete(run);
  }

  /** Settles when this copy has reached the entry that did it (R16); rejects with a `Refusal`. */
  command<T = unknown>(name: string, body: unknown = {}): Promise<Accepted<T>> {
    return new Promise((resolve, reject) => {
      if (this.#status.get() === 'gone') {
        reject(new Refusal({ code: this.refusal ?? 'gone', message: 'The room is closed.' }));
        return;
      }
      const id = this.#host.newId();
      const settle = resolve as (accepted: Accepted) => void;
      const pending: Pending = { id, name, body, tries: 0, link: null, resolve: settle, reject };
      this.#pending.push(pending);
      if (this.#inSync) this.#send(pending);
    });
  }

  leave(): void {
    this.users--;
    if (this.users <= 0) this.#host.forget(this);
  }

  /** Only for the client: what others are told of this copy when it must be fetched whole. */
  dropCopy(): void {
    this.#fresh = true;
  }

  async join(link: Link): Promise<void> {
    this.#inSync = false;
    try {
      const have = this.#have();
      const joined = await link.request<Joined>({
        t: 'join',
        room: this.path,
        ...(have ? { have } : {}),
      });
      // The copy itself was taken in `accept`, in order with the frames around it.
      if (this.#host.link() === link && joined && this.#inSync) this.#resend(link);
    } catch (reason) {
      if (reason instanceof Refusal) this.#joinRefused(reason, link);
    }
  }

  /** Called for `joined` in frame order, before any later `ops` is looked at. */
  accept(joined: Joined, link: Link): void {
    if (!joined.parts && this.#isAnotherRole(joined.role)) return this.#startOver(joined.role, link);
    const change = emptyChange(Boolean(joined.parts));
    if (joined.parts) this.#replace(joined.parts, joined);
    else for (const fragment of joined.fragments ?? []) this.#take(fragment, change);
    this.#epoch = joined.epoch;
    this.#term = joined.term;
    this.role = joined.role;
    this.#base = joined.seq;
    this.#fresh = false;
    this.#inSync = true;
    this.refusal = null;
    this.#advance(joined.seq);
    this.#status.set('live');
    this.#tell(change);
  }

  ops(fragments: Fragment[], link: Link): void {
    if (!this.#inSync) return;
    const change = emptyChange();
    for (const fragment of fragments) {
      if (fragment.prev > this.#seenBy(fragment.aud)) {
        this.#gap(fragment.aud, link);
        break;
      }
      this.#take(fragment, change);
    }
    this.#tell(change);
  }

  at(seq: number): void {
    if (this.#inSync) this.#advance(seq);
  }

  resync(link: Link): void {
    void this.join(link);
  }

  gone(code: string): void {
    this.refusal = code;
    this.#inSync = false;
    this.#status.set('gone');
    for (const pending of this.#pending.splice(0)) {
      pending.reject(new Refusal({ code, message: 'The room is closed.' }));
    }
  }

  disconnected(): void {
    this.#inSync = false;
    if (this.#status.get() === 'live') this.#status.set('stale');
  }

  #have(): Have | null {
    if (this.#fresh || this.#epoch === null) return null;
    return { epoch: this.#epoch, seq: this.#position };
  }

  #isAnotherRole(role: string): boolean {
    return this.role !== '' && this.role !== role;
  }

  /** Rows of audiences that this role adds came before the fragments, so those don't continue this copy (R7). */
  #startOver(role: string, link: Link): void {
    this.role = role;
    this.dropCopy();
    void this.join(link);
  }

  #replace(parts: Part[], { epoch, seq }: Joined): void {
    this.shapes.replace(parts);
    this.#seen.clear();
    this.#position = seq;
    if (epoch === this.#epoch) return;
    // Positions of another history will never be reached.
    for (const settling of this.#settling.splice(0)) settling.run();
  }

  #seenBy(audience: string): number {
    return Math.max(this.#seen.get(audience) ?? 0, this.#base);
  }

  #take(fragment: Fragment, change: Change): void {
    if (fragment.seq <= this.#seenBy(fragment.aud)) return;
    this.shapes.apply(fragment, change);
    this.#seen.set(fragment.aud, fragment.seq);
    this.#advance(fragment.seq);
  }

  /** What came before the missing fragment is all that this copy can vouch for (R11). */
  #gap(audience: string, link: Link): void {
    this.#position = this.#seenBy(audience);
    void this.join(link);
  }

  #advance(seq: number): void {
    if (seq > this.#position) this.#position = seq;
    const due = this.#settling.filter((settling) => settling.seq <= this.#position);
    this.#settling = this.#settling.filter((settling) => settling.seq > this.#position);
    for (const settling of due) settling.run();
  }

  #tell(change: Change): void {
    for (const run of [...this.#changes]) run(change);
  }

  #resend(link: Link): void {
    for (const pending of [...this.#pending]) if (pending.link !== link) this.#send(pending);
  }

  #send(pending: Pending): void {
    const link = this.#host.link();
    if (!link) return;
    pending.link = link;
    const { id, name, body } = pending;
    link
      .request<Ok>({ t: 'command', room: this.path, term: this.#term, id, name, body })
      .then((ok) => this.#accepted(pending, ok))
      .catch((reason) => this.#refused(pending, reason, link));
  }

  #accepted(pending: Pending, ok: Ok): void {
    this.#drop(pending);
    const seq = ok.seq ?? this.#position;
    const run = () => pending.resolve({ seq, body: ok.body });
    // R16: on a copy that is kept up to date, the answer itself proves the position.
    if (this.#inSync) this.#advance(seq);
    if (seq <= this.#position) run();
    else this.#settling.push({ seq, run });
  }

  #refused(pending: Pending, reason: unknown, link: Link): void {
    if (reason instanceof LinkClosed) {
      pending.link = null;
      return;
    }
    if (!(reason instanceof Refusal)) return this.#fail(pending, reason);
    pending.link = null;
    if (REJOIN.has(reason.code)) {
      if (this.#inSync) void this.join(link);
      return;
    }
    if (PASSING.has(reason.code) && ++pending.tries < PASSING_TRIES_MAX) {
      const wait = reason.retryAfterMs ?? PASSING_WAIT_MS * 2 ** pending.tries;
      this.#host.timers.set(() => this.#inSync && this.#send(pending), wait);
      return;
    }
    if (reason.code === 'token_expired' && ++pending.tries < PASSING_TRIES_MAX) {
      void this.#host.renewToken().then((renewed) => {
        if (!renewed) this.#fail(pending, reason);
        else if (this.#inSync && pending.link === null) this.#send(pending);
      });
      return;
    }
    this.#fail(pending, reason);
  }

  #fail(pending: Pending, reason: unknown): void {
    this.#drop(pending);
    pending.reject(reason);
  }

  #drop(pending: Pending): void {
    this.#pending = this.#pending.filter((other) => other !== pending);
  }

  #joinRefused(refusal: Refusal, link: Link): void {
    if (PASSING.has(refusal.code)) {
      const wait = refusal.retryAfterMs ?? PASSING_WAIT_MS;
      this.#host.timers.set(() => this.#host.link() === link && void this.join(link), wait);
      return;
    }
    this.gone(refusal.code);
  }
}
