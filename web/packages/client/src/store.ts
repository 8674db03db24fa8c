// A value that tells its subscribers when it changes; the shape Svelte calls a store, without depending on it.

export interface Readable<T> {
  get(): T;
  subscribe(run: (value: T) => void): () => void;
}

export class Value<T> implements Readable<T> {
  #value: T;
  #subscribers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const run of [...this.#subscribers]) run(value);
  }

  subscribe(run: (value: T) => void): () => void {
    this.#subscribers.add(run);
    run(this.#value);
    return () => this.#subscribers.delete(run);
  }
}
