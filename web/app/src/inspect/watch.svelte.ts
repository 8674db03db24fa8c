// A room under the inspector: how it stands, what happened, and as it was at an entry. It reads, and never asks for a change.

import type { Member, Room } from '@houseful/client';
import type { Affairs, JournalEntry, JournalPage, PastState } from '../api/answers.ts';
import { Problem } from '../api/http.ts';
import { joinRoom } from '../live.svelte.ts';
import { call } from '../session.svelte.ts';
import { branches, type Branch, type Part } from './words.ts';

/** Entries that a server replays at most. */
export const REPLAYED_MAX = 20_000;
/** A busy room is looked at no more often. */
const LOOK_MS = 1_000;
/** A quiet one changes too: its pace goes down, its mailbox empties. */
const IDLE_MS = 10_000;
const PAGE = 50;

export type Failure = 'denied' | 'gone' | 'failed';

export class Watch {
  readonly path: string;
  readonly room: Room;
  affairs = $state.raw<Affairs | null>(null);
  entries = $state.raw<readonly JournalEntry[]>([]);
  hasMore = $state(false);
  /** The entry whose state is shown; null for the last one. */
  at = $state<number | null>(null);
  tree = $state.raw<readonly Branch[] | null>(null);
  shownAt = $state(0);
  members = $state.raw<readonly (Member & { account: number })[]>([]);
  names = $state.raw<ReadonlyMap<number, string>>(new Map());
  failure = $state<Failure | null>(null);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #isLooking = false;
  #isChanged = false;
  #isOver = false;

  constructor(path: string) {
    this.path = path;
    this.room = joinRoom(path);
  }

  /** Follows the room until the answer is called. */
  follow(): () => void {
    const stops = [
      this.room.onChange(() => this.#soon(LOOK_MS)),
      this.room.members.subscribe((members) => {
        this.members = [...members].map(([account, member]) => ({ account: Number(account), ...member }));
        void this.#name(this.members.map(({ account }) => account));
      }),
    ];
    void this.look();
    return () => {
      this.#isOver = true;
      clearTimeout(this.#timer);
      for (const stop of stops) stop();
      this.room.leave();
    };
  }

  get head(): number {
    return this.affairs?.head ?? 0;
  }

  async look(): Promise<void> {
    if (this.#isLooking) {
      this.#isChanged = true;
      return;
    }
    this.#isLooking = true;
    clearTimeout(this.#timer);
    this.#due = Infinity;
    this.#isChanged = false;
    try {
      const [affairs, page] = await Promise.all([this.#read<Affairs>('affairs'), this.#read<JournalPage>(`journal?limit=${PAGE}`)]);
      const isLonger = affairs.head > this.head;
      this.affairs = affairs;
      this.#takeNewest(page);
      this.failure = null;
      if (this.at === null && (isLonger || this.tree === null)) await this.#show(affairs.head);
    } catch (reason) {
      this.#failed(reason);
    }
    this.#isLooking = false;
    this.#soon(this.#isChanged ? LOOK_MS : IDLE_MS);
  }

  /** Shows the room as it was after an entry; null follows it. */
  async goTo(at: number | null): Promise<void> {
    this.at = at;
    const seq = at ?? this.head;
    if (at !== null && !this.entries.some((entry) => entry.seq === at)) await this.#readAround(at);
    await this.#show(seq).catch((reason) => this.#failed(reason));
  }

  async older(): Promise<void> {
    const first = this.entries[0]?.seq ?? 1;
    const page = await this.#read<JournalPage>(`journal?limit=${PAGE}&before=${first}`).catch(() => null);
    if (!page) return;
    this.entries = [...page.items, ...this.entries];
    this.hasMore = page.more;
    await this.#nameDoers();
  }

  async #readAround(at: number): Promise<void> {
    const page = await this.#read<JournalPage>(`journal?limit=${PAGE}&before=${at + 1}`).catch(() => null);
    if (!page || this.at !== at) return;
    this.entries = page.items;
    this.hasMore = page.more;
    await this.#nameDoers();
  }

  async #show(seq: number): Promise<void> {
    if (seq < 1 || seq > REPLAYED_MAX) {
      this.tree = seq < 1 ? [] : null;
      this.shownAt = seq;
      return;
    }
    const past = await this.#read<PastState>(`state?at=${seq}`);
    if ((this.at ?? this.head) !== seq) return;
    this.tree = branches(past.parts as unknown as Part[]);
    this.shownAt = seq;
  }

  #takeNewest(page: JournalPage): void {
    if (this.at !== null) return;
    const first = page.items[0]?.seq ?? 1;
    const before = this.entries.filter((entry) => entry.seq < first);
    const isGapless = before.at(-1)?.seq === first - 1;
    this.entries = isGapless ? [...before, ...page.items] : page.items;
    if (!isGapless) this.hasMore = page.more;
    void this.#nameDoers();
  }

  #nameDoers(): Promise<void> {
    return this.#name(this.entries.flatMap((entry) => (typeof entry.by === 'number' ? [entry.by] : [])));
  }
  async #name(accounts: readonly number[]): Promise<void> {
    const missing = accounts.filter((account) => !this.names.has(account));
    if (missing.length === 0) return;
    const people = await this.room.people(missing).catch(() => new Map<number, { name: string }>());
    if (people.size) this.names = new Map([...this.names, ...[...people].map(([id, { name }]) => [id, name] as const)]);
  }

  #read<T>(what: string): Promise<T> {
    return call<T>(`/rooms/${encodeURIComponent(this.path)}/${what}`);
  }

  #failed(reason: unknown): void {
    const status = reason instanceof Problem ? reason.status : 0;
    this.failure = status === 404 ? 'gone' : status === 401 || status === 403 ? 'denied' : 'failed';
  }

  #soon(ms: number): void {
    if (this.#isOver) return;
    if (this.#isLooking) {
      this.#isChanged = true;
      return;
    }
    // A room that changes all the time mustn't put it off for ever.
    const due = Date.now() + ms;
    if (this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.look(), ms);
  }
}
