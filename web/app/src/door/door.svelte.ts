// The door of one event on one device: its list, who came, and the scans that the room is yet to be told. A scan is on
// the disk before anybody is let in with it, and is sent in order until the room has answered.

import { newId, type Room, type SeatsApp } from '@houseful/client';
import { Problem } from '../api/http.ts';
import type { Admission } from '../api/answers.ts';
import { mayLetIn } from '../desk/rights.ts';
import { client, joinRoom, live, serverNow } from '../live.svelte.ts';
import { keptFor, read, readAll, remove, write } from '../offline/kept.ts';
import { keepShell } from '../offline/shell.ts';
import { call, refresh, session } from '../session.svelte.ts';
import { fetchPack, type Pack } from './list.ts';
import { send } from './send.ts';
import { isTrue, parse } from './ticket.ts';
import { type Arrival, type Book, type Scan, type Verdict, type Who, decide, lateOnes, merged, whoOf } from './verdict.ts';

/** The room says within this time which of two doors was first; else the device decides, and hears of it later. */
const ANSWER_MS = 1500;
const AGAIN_MS = 5000;
/** Bookings come in bursts; the list is fetched after one, not for each, and a long list the more seldom. */
const SETTLE_MS = 3000;
const REST_TIMES = 10;

export type DoorStatus = 'loading' | 'ready' | 'denied' | 'gone' | 'unprepared' | 'failed';

export class Door {
  status = $state<DoorStatus>('loading');
  pack = $state.raw<Pack | null>(null);
  scans = $state.raw<Scan[]>([]);
  /** As the room told last. */
  told = $state.raw<ReadonlyMap<string, Arrival>>(new Map());

  readonly waiting = $derived(this.scans.filter((scan) => scan.state === 'waiting').length);
  readonly arrivals = $derived(merged(this.told, this.scans));
  readonly late = $derived(lateOnes(this.scans, this.told));
  readonly refused = $derived(this.scans.filter((scan) => scan.state === 'refused'));
  readonly orders = $derived(new Map(this.pack?.orders.map((one) => [one.order, one])));
  readonly expected = $derived((this.pack?.orders ?? []).reduce((sum, one) => sum + one.places.length, 0));
  readonly inside = $derived(this.arrivals.size);

  readonly id: string;
  readonly account: string;
  #room: Room<SeatsApp>;
  #ends: (() => void)[] = [];
  #fetching: Promise<void> | null = null;
  #sending: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #settle: ReturnType<typeof setTimeout> | undefined;
  /** How long the last fetch of the list took. */
  #tookMs = 0;
  #isOver = false;

  constructor(id: string) {
    this.id = id;
    this.account = String(session.account?.id ?? keptFor());
    this.#room = joinRoom<SeatsApp>(`events/${id}/seats`);
    const again = setInterval(() => this.waiting && void this.tell(), AGAIN_MS);
    const back = () => void this.catchUp();
    addEventListener('online', back);
    this.#ends = [
      () => clearInterval(again),
      () => removeEventListener('online', back),
      client.state.subscribe((state) => state === 'open' && back()),
      this.#room.status.subscribe((status) => this.#roomIs(status)),
      this.#room.rows('arrivals').subscribe((rows) => this.#roomTold(rows)),
      this.#room.onChange((change) => (change.grids.has('seats') || change.rows.has('areas')) && this.#fetchSoon()),
    ];
    void this.#begin();
  }

  leave(): void {
    this.#isOver = true;
    clearTimeout(this.#settle);
    for (const end of this.#ends) end();
    this.#room.leave();
  }

  /** The server's clock, as far as this device knows it. */
  now(): number {
    return Math.round(live.state === 'open' ? serverNow() : Date.now() + (this.pack?.offsetMs ?? 0));
  }

  /** Whether whoever opened it is still there: after that nothing is kept. */
  get #isTheirs(): boolean {
    return !this.#isOver && session.account !== null && String(session.account.id) === this.account;
  }

  get book(): Book {
    return { event: this.id, orders: this.orders, arrivals: this.arrivals };
  }

  /** What is said to a ticket's text. Who may come in is in. */
  async scan(text: string, device: string): Promise<Verdict> {
    const ticket = parse(text);
    if (!ticket) return { kind: 'unknown' };
    const at = this.now();
    const verdict = decide(this.book, ticket, await isTrue(text, this.pack?.key ?? ''));
    return verdict.kind === 'in' ? this.#letIn(verdict, at, device) : verdict;
  }

  /** A place of the list, without its ticket. */
  async byHand(order: Admission, place: string, device: string): Promise<Verdict> {
    const verdict = decide(this.book, { event: this.id, order: order.order, place }, null);
    return verdict.kind === 'in' ? this.#letIn(verdict, this.now(), device) : verdict;
  }

  /** An order by what people read aloud; the list is fetched once more for one that isn't on it. */
  async byCode(code: string): Promise<Admission | undefined> {
    const look = () => this.pack?.orders.find((one) => one.code === code);
    if (!look() && live.state === 'open') await this.fetch();
    return look();
  }

  async #letIn(verdict: Verdict & { kind: 'in' }, at: number, device: string): Promise<Verdict> {
    const pack = this.pack!;
    const { order, place, name, label } = verdict;
    const { account, id: event } = this;
    const draft: Omit<Scan, 'no'> = { id: newId(), account, keepUntil: pack.keepUntil, event, room: pack.room, order, place, name, label, at, device, state: 'waiting' };
    const no = Number(await write('scans', draft));
    this.scans = [...this.scans, { ...draft, no }];
    const sent = this.tell();
    if (live.state !== 'open') return verdict;
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, ANSWER_MS))]);
    return this.#afterAll(no, verdict);
  }

  /** What the room said to it, if it did in time. */
  #afterAll(no: number, verdict: Verdict & { kind: 'in' }): Verdict {
    const scan = this.scans.find((one) => one.no === no);
    if (scan?.state === 'refused') {
      const isGone = scan.code === 'already_cancelled' || scan.code === 'no_such_ticket';
      void this.#drop(scan);
      return isGone ? { ...verdict, kind: 'cancelled' } : { kind: 'unknown', ...(scan.code ? { code: scan.code } : {}) };
    }
    if (scan?.state === 'done' && scan.first) {
      // Nobody was let in with it, so it is no case for the list.
      void this.#drop(scan);
      const who: Who = whoOf(this.book, verdict);
      return { kind: 'already', ...who, first: scan.first };
    }
    return verdict;
  }

  async #drop(scan: Scan): Promise<void> {
    this.scans = this.scans.filter((one) => one.no !== scan.no);
    await remove('scans', scan.no);
  }

  /** After a time without a connection: who one is, what waits, what is new. */
  async catchUp(): Promise<void> {
    if (this.#isOver) return;
    if (session.away) await refresh();
    await this.tell();
    await this.fetch();
  }

  /** Tells the room of all that waits, in order; one tab at a time. Settles when this was tried from now on. */
  tell(): Promise<void> {
    if (!this.#sending) return (this.#sending = this.#tellAll().catch(() => {}).finally(() => (this.#sending = null)));
    this.#next ??= this.#sending.then(() => {
      this.#next = null;
      return this.tell();
    });
    return this.#next;
  }

  async #tellAll(): Promise<void> {
    if (!navigator.locks) return this.#tellEach();
    await navigator.locks.request('houseful.door', () => this.#tellEach());
  }

  async #tellEach(): Promise<void> {
    if (session.away) await refresh();
    if (!this.#isTheirs) return;
    for (const scan of this.scans.filter((one) => one.state === 'waiting')) {
      const outcome = await send(scan, call);
      if (outcome.kind === 'later' || !this.#isTheirs) return;
      const { kind: state, ...more } = outcome;
      const now: Scan = { ...scan, state, ...more };
      this.scans = this.scans.map((one) => (one.no === scan.no ? now : one));
      await write('scans', $state.snapshot(now) as Scan);
    }
  }

  /** What went wrong was read; it is kept no longer. */
  async clear(): Promise<void> {
    for (const scan of [...this.late, ...this.refused]) await this.#drop(scan);
  }

  async #begin(): Promise<void> {
    const pack = await read<Pack>('packs', this.id).catch(() => undefined);
    const scans = await readAll<Scan>('scans').catch(() => []);
    this.scans = scans.filter((one) => one.event === this.id && one.account === this.account);
    if (pack?.account === this.account && pack.keepUntil > Date.now()) {
      this.pack = pack;
      if (this.told.size === 0) this.told = new Map(pack.arrivals);
      if (this.status === 'loading') this.status = 'ready';
    }
    await this.catchUp();
  }

  /** Fetches the list anew; the one before stays where it can't be had. */
  fetch(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    if (!session.account) {
      if (!this.pack) this.status = 'unprepared';
      return;
    }
    try {
      const now = this.now();
      const pack = await fetchPack(this.id, this.account, { now, offsetMs: now - Date.now() });
      this.#tookMs = this.now() - now;
      if (!this.#isTheirs) return;
      if (!pack) return this.#end('denied');
      this.pack = { ...pack, arrivals: [...this.told] };
      this.status = 'ready';
      await this.#keep();
      await keepShell();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.status === 403) return this.#end('denied');
      if (problem.status === 404) return this.#end('gone');
      if (!this.pack) this.status = problem.status === 0 ? 'unprepared' : 'failed';
    }
  }

  #fetchSoon(): void {
    if (this.#settle || this.status !== 'ready') return;
    this.#settle = setTimeout(() => {
      this.#settle = undefined;
      void this.fetch();
    }, Math.max(SETTLE_MS, this.#tookMs * REST_TIMES));
  }

  async #keep(): Promise<void> {
    if (this.pack && this.#isTheirs) await write('packs', this.pack).catch(() => {});
  }

  #roomTold(rows: ReadonlyMap<string, Arrival>): void {
    // Before the room is joined there are none, which says nothing.
    if (this.#room.status.get() !== 'live' || !mayLetIn(this.#room.role)) return;
    this.told = new Map([...rows].map(([key, { at, device }]) => [key, { at, ...(device ? { device } : {}) }]));
    if (this.pack) this.pack = { ...this.pack, arrivals: [...this.told] };
    void this.#keep();
  }

  #roomIs(status: string): void {
    if (status === 'live') this.#roomTold(this.#room.rows('arrivals').get());
    if (status === 'live' && !mayLetIn(this.#room.role) && session.account) void this.fetch();
    if (status === 'gone' && session.account) void this.fetch();
  }

  /** This door is no longer theirs: what was kept for it goes. */
  async #end(status: 'denied' | 'gone'): Promise<void> {
    this.status = status;
    this.pack = null;
    await remove('packs', this.id).catch(() => {});
  }
}
