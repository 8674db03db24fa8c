// The client: one connection to a server, opened again when it is lost, and the rooms that live on it.

import type { Account, Ok, ServerFrame, Welcome } from './frames.gen.ts';
import { newId } from './id.ts';
import { Link } from './link.ts';
import { Refusal } from './refusal.ts';
import { Room } from './room.ts';
import { type Readable, Value, call } from './store.ts';
import { SETTLED_MS, SOCKET_AGAIN_MS, type Timers, backoffMs, mayReturn, realTimers } from './timing.ts';
import type { Untyped } from './application.ts';
import { type Way, type WayOptions, Ways } from './ways.ts';

export type ConnectionState = 'idle' | 'connecting' | 'open' | 'waiting' | 'stopped';

export interface ClientOptions extends WayOptions {
  /** A token that can be used now, or null for a visitor; `renew` asks for a new one. */
  token?: (renew: boolean) => Promise<string | null>;
  /** Name and version of the program, for the operator's eyes. */
  name?: string;
  /** Told of what the server could not read or show, which no promise waits for. */
  onComplaint?: (refusal: Refusal) => void;
  timers?: Timers;
  random?: () => number;
  newId?: () => string;
}

export class Client {
  readonly account = new Value<Account | null>(null);
  /** The close code after which the client stopped, if it did. */
  stoppedBy: number | null = null;
  /** This connection's session: one's own among the volatile values. */
  session: number | null = null;

  #options: ClientOptions;
  #timers: Timers;
  #random: () => number;
  #state = new Value<ConnectionState>('idle');
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  #rooms = new Map<string, Room<any>>();
  #ways: Ways;
  #link: Link | null = null;
  #next: Link | null = null;
  #attempt = 0;
  #openedAt = 0;
  #offset = 0;
  #retry: unknown;
  #upgrade: unknown;
  #accountId: number | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#timers = options.timers ?? realTimers;
    this.#random = options.random ?? Math.random;
    this.#ways = new Ways(options, this.#timers);
  }

  get state(): Readable<ConnectionState> {
    return this.#state;
  }

  /** The server's clock, in milliseconds. */
  now(): number {
    return this.#timers.now() + this.#offset;
  }

  connect(): void {
    const state = this.#state.get();
    if (state === 'connecting' || state === 'open') return;
    this.#timers.clear(this.#retry);
    this.#state.set('connecting');
    this.#next = this.#openLink();
  }

  close(): void {
    this.#timers.clear(this.#retry);
    this.#timers.clear(this.#upgrade);
    const links = [this.#link, this.#next];
    this.#link = this.#next = null;
    for (const room of this.#rooms.values()) room.disconnected();
    for (const link of links) link?.close();
    this.#state.set('idle');
  }

  /** A new connection takes over from this one, as another person or with a new token. */
  reconnect(): void {
    this.#timers.clear(this.#retry);
    this.#next?.close();
    if (!this.#link) this.#state.set('connecting');
    this.#next = this.#openLink();
  }

  /** A room by its path. Joined twice it is one, and is left when it was left as often. */
  join<App = Untyped>(path: string): Room<App> {
    let room = this.#rooms.get(path);
    if (!room) {
      room = new Room<App>(path, {
        link: () => this.#link,
        account: () => this.#accountId,
        timers: this.#timers,
        newId: this.#options.newId ?? newId,
        renewToken: () => this.#authenticate(),
        forget: (gone) => this.#forget(gone),
      });
      this.#rooms.set(path, room);
      if (this.#link) room.join(this.#link);
    }
    room.users++;
    return room as Room<App>;
  }

  #openLink(): Link {
    const [socket, way] = this.#ways.open();
    const events = {
      open: (link: Link) => void this.#greet(link, way),
      frame: (link: Link, frame: ServerFrame) => this.#frame(link, frame),
      closed: (link: Link, code: number) => {
        // One that we gave up ourselves, for another, says nothing of the way.
        if (!link.isHeard && code !== 1000) this.#ways.unheard(way);
        this.#closed(link, code);
      },
    };
    return new Link(socket, events, this.#timers);
  }

  async #greet(link: Link, way: Way): Promise<void> {
    const sentAt = this.#timers.now();
    try {
      const welcome = await this.#hello(link);
      const rtt = this.#timers.now() - sentAt;
      this.#offset = welcome.now + rtt / 2 - this.#timers.now();
      this.#ways.heard(way);
      this.#takeOver(link, welcome);
      if (link === this.#link) this.#lookForBetter(way);
    } catch {
      link.close(4003);
    }
  }

  async #hello(link: Link): Promise<Welcome> {
    const { token, name } = this.#options;
    const client = name ? { client: name } : {};
    // A token that can't be had mustn't keep anyone from looking.
    const bearer = (await token?.(false).catch(() => null)) ?? null;
    try {
      return await link.request<Welcome>({ t: 'hello', ...client, ...(bearer ? { token: bearer } : {}) });
    } catch (reason) {
      if (!(reason instanceof Refusal) || !bearer) throw reason;
      const renewed = (await token?.(true).catch(() => null)) ?? null;
      return link.request<Welcome>({ t: 'hello', ...client, ...(renewed ? { token: renewed } : {}) });
    }
  }

  #takeOver(link: Link, welcome: Welcome): void {
    if (link !== this.#next) return link.close();
    const former = this.#link;
    for (const room of this.#rooms.values()) room.letGo();
    this.#link = link;
    this.#next = null;
    this.#openedAt = this.#timers.now();
    former?.close();
    this.session = welcome.session;
    const accountId = welcome.account?.id ?? null;
    const samePerson = accountId === this.#accountId;
    this.#accountId = accountId;
    this.account.set(welcome.account ?? null);
    this.stoppedBy = null;
    this.#state.set('open');
    for (const room of this.#rooms.values()) {
      // Another person's audiences are not continued from this copy.
      if (!samePerson) room.dropCopy();
      room.join(link);
    }
  }

  /** From time to time a client on the other way looks whether a WebSocket gets through by now. */
  #lookForBetter(way: Way): void {
    this.#timers.clear(this.#upgrade);
    if (way === 'socket') return;
    this.#upgrade = this.#timers.set(() => {
      if (!this.#link) return;
      this.reconnect();
      this.#lookForBetter(way);
    }, SOCKET_AGAIN_MS);
  }

  #frame(link: Link, frame: ServerFrame): void {
    if (frame.t === 'ping') this.#offset = frame.now - this.#timers.now();
    if (link !== this.#link) return;
    switch (frame.t) {
      case 'joined':
        return this.#rooms.get(frame.room)?.accept(frame, link);
      case 'ops':
        return this.#rooms.get(frame.room)?.ops(frame.fragments);
      case 'live':
        return this.#rooms.get(frame.room)?.shown(frame);
      case 'position':
        return this.#rooms.get(frame.room)?.at(frame.seq);
      case 'presence':
        return this.#rooms.get(frame.room)?.presence.set({ here: frame.here, watching: frame.watching });
      case 'resync':
        return this.#rooms.get(frame.room)?.join(link);
      case 'gone':
        return this.#rooms.get(frame.room)?.gone(frame.code);
      case 'refused':
        if (frame.ref === null && this.#options.onComplaint) call(this.#options.onComplaint, new Refusal(frame));
        return;
      case 'expiring':
        return void this.#authenticate();
      case 'goaway':
        this.#timers.clear(this.#retry);
        this.#retry = this.#timers.set(() => this.reconnect(), frame.afterMs);
    }
  }

  /** A person who can't be renewed keeps looking as a visitor, and private rows must be fetched anew. */
  async #authenticate(): Promise<boolean> {
    const token = await this.#options.token?.(true).catch(() => null);
    const link = this.#link;
    if (!token || !link) {
      for (const room of this.#rooms.values()) room.dropCopy();
      return false;
    }
    return link.request<Ok>({ t: 'auth', token }).then(
      () => true,
      () => false,
    );
  }

  #closed(link: Link, code: number): void {
    if (link === this.#link) {
      this.#link = null;
      for (const room of this.#rooms.values()) room.disconnected();
    } else if (link === this.#next) {
      this.#next = null;
    } else return;
    if (this.#next || this.#link) return;
    if (!mayReturn(code)) {
      this.stoppedBy = code;
      this.#state.set('stopped');
      return;
    }
    if (this.#openedAt && this.#timers.now() - this.#openedAt > SETTLED_MS) this.#attempt = 0;
    this.#openedAt = 0;
    this.#state.set('waiting');
    this.#timers.clear(this.#retry);
    const wait = backoffMs(this.#attempt++, this.#random);
    this.#retry = this.#timers.set(() => this.connect(), wait);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  #forget(room: Room<any>): void {
    if (this.#rooms.get(room.path) !== room) return;
    this.#rooms.delete(room.path);
    room.end();
    this.#link?.request({ t: 'leave', room: room.path }).catch(() => {});
  }
}
