// The names of those whom a room speaks of: asked for together, and kept for a while.

import { NAMES_MAX, NAMES_MS, type Timers } from './timing.ts';

/** Who somebody is, as far as the room tells. */
export interface Person {
  name: string;
  [more: string]: unknown;
}

export type AskPeople = (accounts: number[]) => Promise<[number, Person][]>;

export class People {
  #ask: AskPeople;
  #timers: Timers;
  #known = new Map<number, { person: Person; until: number }>();
  /** Who is to be asked for with the next request. */
  #next: { accounts: Set<number>; done: Promise<void> } | null = null;

  constructor(ask: AskPeople, timers: Timers) {
    this.#ask = ask;
    this.#timers = timers;
  }

  /** Those of them whom the room speaks of to this client; others are left out. */
  async get(accounts: Iterable<number>): Promise<Map<number, Person>> {
    const wanted = [...new Set(accounts)];
    const missing = wanted.filter((account) => !this.#find(account));
    if (missing.length) await this.#soon(missing);
    const found = wanted.map((account) => [account, this.#find(account)] as const);
    return new Map(found.filter((one): one is readonly [number, Person] => one[1] !== undefined));
  }

  /** As another person one may know others. */
  forget(): void {
    this.#known.clear();
  }

  #find(account: number): Person | undefined {
    const known = this.#known.get(account);
    return known && known.until > this.#timers.now() ? known.person : undefined;
  }

  #soon(missing: number[]): Promise<void> {
    if (!this.#next) {
      const accounts = new Set<number>();
      this.#next = { accounts, done: Promise.resolve().then(() => this.#fetch(accounts)) };
    }
    for (const account of missing) this.#next.accounts.add(account);
    return this.#next.done;
  }

  async #fetch(accounts: Set<number>): Promise<void> {
    this.#next = null;
    const all = [...accounts];
    const pages: Promise<[number, Person][]>[] = [];
    for (let at = 0; at < all.length; at += NAMES_MAX) pages.push(this.#ask(all.slice(at, at + NAMES_MAX)));
    const until = this.#timers.now() + NAMES_MS;
    for (const page of await Promise.all(pages)) {
      for (const [account, person] of page) this.#known.set(account, { person, until });
    }
  }
}
