// Who people are, as one room tells: asked for when they come up, and shown when the answer comes.

import type { Person, Room } from '@houseful/client';

export interface Face extends Person {
  avatar?: string;
}

export class Names {
  #known = $state.raw<ReadonlyMap<number, Face>>(new Map());
  #asked = new Set<number>();
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  #room: Room<any>;

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  constructor(room: Room<any>) {
    this.#room = room;
  }

  of(account: number): Face | undefined {
    return this.#known.get(account);
  }

  /** Asks for those who are new. */
  need(accounts: Iterable<number>): void {
    const fresh = [...accounts].filter((account) => !this.#asked.has(account));
    if (!fresh.length) return;
    for (const account of fresh) this.#asked.add(account);
    void this.#room.people(fresh).then(
      (people) => (this.#known = new Map([...this.#known, ...(people as Map<number, Face>)])),
      // Whoever could not be asked for is asked for again.
      () => fresh.forEach((account) => this.#asked.delete(account)),
    );
  }

  /** As another person one may know others. */
  forget(): void {
    this.#asked.clear();
    this.#known = new Map();
  }
}
