// A room as one client sees it: joined on whatever connection there is, its copy, what it is asked, what is shown in it.
// It owns no connection.

import { Copy } from './copy.ts';
import { type Draft, type Guess, newGuess } from './draft.ts';
import type { Fragment, Joined, Ok, Request, ServerFrame } from './frames.gen.ts';
import type { Answer, Link, LinkClosed } from './link.ts';
import { Outbox } from './outbox.ts';
import { People, type Person } from './people.ts';
import { PASSING, Refusal, ownRefusal } from './refusal.ts';
import { type HistoryPage, type LogRow, Scroll } from './scroll.ts';
import type { Change, Shapes } from './shapes.ts';
import { Showing, Shown, type ShownValue } from './shown.ts';
import { type Readable, Value, call } from './store.ts';
import { PASSING_WAIT_MS, type Timers } from './timing.ts';
import type { BodyOf, Names, Of, ReplyOf, Untyped } from './application.ts';
import { type GridView, Views } from './views.ts';

export type RoomStatus = 'joining' | 'live' | 'stale' | 'gone';

/** A command that was done, and the entry that did it. */
export interface Accepted<T = unknown> {
  seq: number;
  body: T;
}

export interface CommandOptions<App = Untyped> {
  /** What the command will do, shown at once; it is run again whenever the room's shapes change. */
  optimistic?: (draft: Draft<App>) => void;
  /** Withdraws the command if it was not sent yet. */
  signal?: AbortSignal;
}

/** Who is in a room, where it tells. */
export interface Member {
  state: 'here' | 'lapsed';
  role: string;
}

type CommandArgs<App, Body> = {} extends Body
  ? [body?: Body, options?: CommandOptions<App>]
  : [body: Body, options?: CommandOptions<App>];

export interface RoomHost {
  link(): Link | null;
  account(): number | null;
  timers: Timers;
  newId(): string;
  renewToken(): Promise<boolean>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  forget(room: Room<any>): void;
}

export class Room<App = Untyped> {
  readonly path: string;
  readonly presence = new Value({ here: 0, watching: 0 });
  role = '';
  /** Why the room is gone. */
  refusal: string | null = null;
  users = 0;

  #host: RoomHost;
  #status = new Value<RoomStatus>('joining');
  #changes = new Set<(change: Change) => void>();
  #copy: Copy;
  #views: Views;
  #outbox: Outbox;
  #shown = new Shown();
  #showing: Showing;
  #people: People;
  #term = 0;
  #inSync = false;
  /** Answers that are due to `join`: only the last counts. */
  #joins = 0;

  constructor(path: string, host: RoomHost) {
    this.path = path;
    this.#host = host;
    const { timers } = host;
    const rejoin = () => {
      const link = host.link();
      if (link && this.#inSync) this.join(link);
    };
    this.#copy = new Copy({ timers, changed: (change) => this.#changed(change), gap: rejoin });
    this.#views = new Views(this.#copy);
    this.#outbox = new Outbox({
      timers, account: () => host.account(), renewToken: () => host.renewToken(), joinAgain: rejoin,
    });
    this.#showing = new Showing((shape, value) => this.#tellShown(shape, value), timers);
    const ask = async (accounts: number[]) =>
      ((await this.#ask({ t: 'people', room: path, accounts })) as { people: [number, Person][] }).people;
    this.#people = new People(ask, timers);
  }

  get status(): Readable<RoomStatus> {
    return this.#status;
  }
  get position(): number {
    return this.#copy.position;
  }
  /** The copy itself, for who reads much of it; what changed is told by `onChange`. */
  get shapes(): Shapes {
    return this.#copy.shapes;
  }
  /** How many commands wait to be sent. */
  get waiting(): Readable<number> {
    return this.#outbox.waiting;
  }

  cell<N extends Names<Of<App, 'cells'>>>(shape: N): Readable<Of<App, 'cells'>[N] | undefined> {
    return this.#views.cell(shape);
  }
  /** Rows by key, in no order. */
  rows<N extends Names<Of<App, 'rows'>>>(shape: N): Readable<ReadonlyMap<string, Of<App, 'rows'>[N]>> {
    return this.#views.rows(shape);
  }
  grid(shape: Names<Of<App, 'grids'>>): Readable<GridView> {
    return this.#views.grid(shape);
  }
  /** The last hundred rows or so of a log, oldest first. */
  log<N extends Names<Of<App, 'logs'>>>(shape: N): Readable<readonly LogRow<Of<App, 'logs'>[N]>[]> {
    return this.#views.log(shape);
  }
  /** Who is here, by account; empty where the room tells only how many (`presence`). */
  get members(): Readable<ReadonlyMap<string, Member>> {
    return this.#views.rows('members');
  }

  /** Told of each notice of that name. */
  onSignal<N extends Names<Of<App, 'signals'>>>(shape: N, run: (value: Of<App, 'signals'>[N]) => void): () => void {
    return this.onChange(({ signals }) => {
      for (const [name, value] of signals) if (name === shape) call(run, value as Of<App, 'signals'>[N]);
    });
  }
  onChange(run: (change: Change) => void): () => void {
    this.#changes.add(run);
    return () => this.#changes.delete(run);
  }

  /** A page of a log's older rows: those before the number `before`, or the last ones. */
  async history<N extends Names<Of<App, 'logs'>>>(
    shape: N, before?: number, limit?: number,
  ): Promise<HistoryPage<Of<App, 'logs'>[N]>> {
    const from = { ...(before === undefined ? {} : { before }), ...(limit === undefined ? {} : { limit }) };
    return (await this.#ask({ t: 'history', room: this.path, shape, ...from })) as HistoryPage<Of<App, 'logs'>[N]>;
  }
  /** A log that can be read backwards; `close` it when it is shown no longer. */
  scroll<N extends Names<Of<App, 'logs'>>>(shape: N): Scroll<Of<App, 'logs'>[N]> {
    return new Scroll<Of<App, 'logs'>[N]>({
      shape,
      tail: () => this.shapes.log(shape),
      history: (before) => this.history(shape, before),
      onChange: (run) => this.onChange(run),
    });
  }
  /** Names of accounts, as far as this room speaks of them. */
  people(accounts: Iterable<number>): Promise<Map<number, Person>> {
    return this.#people.get(accounts);
  }

  /** What everyone shows of themselves, by session; one's own is among it. */
  live<N extends Names<Of<App, 'live'>> | 'away'>(
    shape: N,
  ): Readable<ReadonlyMap<number, ShownValue<N extends keyof Of<App, 'live'> ? Of<App, 'live'>[N] : unknown>>> {
    return this.#shown.view(shape);
  }
  /** Shows others something volatile; the last value of a shape counts, `null` ends it. */
  show<N extends Names<Of<App, 'live'>> | 'away'>(
    shape: N, value: (N extends keyof Of<App, 'live'> ? Of<App, 'live'>[N] : true) | null,
  ): void {
    this.#showing.show(shape, value);
  }

  /** Settles when this copy has reached the entry that did it (R16); rejects with a `Refusal`. */
  command<Reply = never, N extends Names<Of<App, 'commands'>> = Names<Of<App, 'commands'>>>(
    name: N, ...[body, options]: CommandArgs<App, BodyOf<App, N>>
  ): Promise<Accepted<[Reply] extends [never] ? ReplyOf<App, N> : Reply>> {
    return new Promise((resolve, reject) => {
      const settle = resolve as (accepted: Accepted) => void;
      this.#command(name, body ?? {}, (options ?? {}) as CommandOptions<any>, settle, reject);
    });
  }

  #command(
    name: string, body: unknown, options: CommandOptions<any>,
    resolve: (accepted: Accepted) => void, reject: (reason: unknown) => void,
  ): void {
    if (this.#status.get() === 'gone') return reject(this.#goneRefusal());
    const { optimistic, signal } = options;
    if (signal?.aborted) return reject(ownRefusal('withdrawn'));
    const id = this.#host.newId();
    const guess = optimistic ? newGuess(id, optimistic) : null;
    if (guess) this.#copy.guess(guess);
    let send = 0;
    const withdraw = this.#outbox.put({
      request: () => ({ t: 'command', room: this.path, term: this.#term, id, name, body }),
      account: this.#host.account(),
      sent: () => (send = this.#copy.sent(guess)),
      ok: (answer) => {
        signal?.removeEventListener('abort', withdraw);
        this.#accepted(guess, send, answer as Ok, resolve);
      },
      failed: (reason) => {
        signal?.removeEventListener('abort', withdraw);
        if (guess) this.#copy.refused(guess);
        reject(reason);
      },
    });
    signal?.addEventListener('abort', withdraw);
  }

  #accepted(guess: Guess | null, send: number, ok: Ok, resolve: (accepted: Accepted) => void): void {
    const seq = ok.seq ?? this.position;
    this.#copy.when(seq, () => resolve({ seq, body: ok.body }));
    // On a copy that is kept up to date, the answer itself proves the position.
    this.#copy.answered(guess, send, seq, this.#inSync);
  }

  #ask(request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#status.get() === 'gone') return reject(this.#goneRefusal());
      const ok = (answer: Answer) => resolve((answer as Ok).body);
      this.#outbox.put({ request: () => request, account: null, ok, failed: reject });
    });
  }

  leave(): void {
    this.users--;
    if (this.users <= 0) this.#host.forget(this);
  }

  /** Tries again to enter a room that was closed to this client. */
  enterAgain(): void {
    const link = this.#host.link();
    if (this.#status.get() !== 'gone') return;
    this.#status.set('joining');
    if (link) this.join(link);
  }

  /** Only for the client: the copy must be fetched whole. */
  dropCopy(): void {
    this.#copy.isStale = true;
    this.#people.forget();
  }

  /** Only for the client, as all that follows: asks to be let in. */
  join(link: Link): void {
    this.#outOfSync();
    this.#joins++;
    const have = this.#copy.have();
    link.ask({ t: 'join', room: this.path, ...(have ? { have } : {}) }, {
      // The copy itself was taken in `accept`, in order with the frames around it.
      ok: () => this.#host.link() === link && this.#inSync && this.#outbox.use(link),
      failed: (reason) => this.#joinRefused(reason, link),
    });
  }

  /** Called for `joined` in frame order, before any later `ops` is looked at. */
  accept(joined: Joined, link: Link): void {
    if (--this.#joins > 0) return;
    const isAnotherRole = this.role !== '' && this.role !== joined.role;
    this.role = joined.role;
    if (!joined.parts && isAnotherRole) {
      // Rows of audiences that this role adds came before the fragments, so those don't continue this copy (R7).
      this.dropCopy();
      return this.join(link);
    }
    this.#term = joined.term;
    this.#inSync = true;
    this.refusal = null;
    this.#shown.forget();
    this.#copy.joined(joined);
    this.#status.set('live');
    this.#showing.again();
  }

  ops(fragments: Fragment[]): void {
    if (this.#inSync) this.#copy.ops(fragments);
  }

  at(seq: number): void {
    if (this.#inSync) this.#copy.at(seq);
  }

  shown(frame: Extract<ServerFrame, { t: 'live' }>): void {
    this.#shown.take(frame);
  }

  gone(code: string): void {
    this.refusal = code;
    this.#outOfSync();
    this.#status.set('gone');
    this.#outbox.refuseAll(this.#goneRefusal());
  }

  /** The connection goes; another may be there already. */
  letGo(): void {
    this.#joins = 0;
    this.#outOfSync();
    this.#copy.drop();
  }

  disconnected(): void {
    this.letGo();
    if (this.#status.get() === 'live') this.#status.set('stale');
  }

  /** The last who used it has left. */
  end(): void {
    this.disconnected();
    this.#showing.end();
    this.#outbox.refuseAll(ownRefusal('left'));
  }

  #outOfSync(): void {
    this.#inSync = false;
    this.#outbox.use(null);
  }

  #goneRefusal(): Refusal {
    return new Refusal({ code: this.refusal ?? 'gone', message: 'The room is closed.' });
  }

  #tellShown(shape: string, value: unknown): boolean {
    if (!this.#inSync) return false;
    this.#host.link()?.tell({ t: 'show', room: this.path, shape, value });
    return true;
  }

  #changed(change: Change): void {
    this.#views.touch(change);
    for (const run of [...this.#changes]) call(run, change);
  }

  #joinRefused(reason: Refusal | LinkClosed, link: Link): void {
    // A lost connection is the client's business.
    if (!(reason instanceof Refusal)) return;
    if (--this.#joins > 0) return;
    if (!PASSING.has(reason.code)) return this.gone(reason.code);
    const wait = reason.retryAfterMs ?? PASSING_WAIT_MS;
    this.#host.timers.set(() => this.#host.link() === link && !this.#inSync && this.join(link), wait);
  }
}
