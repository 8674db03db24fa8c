// What one follows: asked for once a person, kept true by what is done here. Components read it and ask for changes.

import type { FollowingPage } from '../api/answers.ts';
import { call, onPersonChange, session } from '../session.svelte.ts';

export type FollowKind = 'event' | 'organiser';

/** All that can be ahead of one fits into a page; what is over needs no bell. */
const ASK = '/me/following?limit=100';

class Follows {
  /** Unknown until they were asked for. */
  known = $state(false);
  events = $state.raw<ReadonlySet<number>>(new Set());
  organisers = $state.raw<ReadonlySet<number>>(new Set());
  #asked: number | null = null;

  constructor() {
    onPersonChange(() => this.#forget());
  }

  has(kind: FollowKind, id: number): boolean {
    return this.#of(kind).has(id);
  }

  /** Asks what one follows, once for each person. */
  async learn(): Promise<void> {
    const account = session.account?.id ?? null;
    if (account === null || this.#asked === account) return;
    this.#asked = account;
    try {
      const page = await call<FollowingPage>(ASK);
      if (this.#asked !== account) return;
      this.take(page);
      this.known = true;
    } catch {
      this.#asked = null;
    }
  }

  /** What a page of the list says. */
  take(page: FollowingPage): void {
    this.events = new Set([...this.events, ...page.items.map(({ event }) => event.id)]);
    this.organisers = new Set(page.organisers.map(({ id }) => id));
  }

  async set(kind: FollowKind, id: number, on: boolean): Promise<void> {
    const path = kind === 'event' ? `/events/${id}/follow` : `/organisers/${id}/follow`;
    await call(path, { method: on ? 'PUT' : 'DELETE' });
    const next = new Set(this.#of(kind));
    if (on) next.add(id);
    else next.delete(id);
    if (kind === 'event') this.events = next;
    else this.organisers = next;
  }

  #of(kind: FollowKind): ReadonlySet<number> {
    return kind === 'event' ? this.events : this.organisers;
  }

  #forget(): void {
    this.known = false;
    this.#asked = null;
    this.events = new Set();
    this.organisers = new Set();
  }
}

export const follows = new Follows();
