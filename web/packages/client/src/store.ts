// A value that tells its subscribers when it changes; the shape Svelte calls a store, without depending on it.

export interface Readable<T> {
  get(): T;
  /** Calls `run` at once and at each change; answers how to stop. */
  subscribe(run: (value: T) => void): () => void;
}

/** Calls code that isn't ours: what it throws is reported and stops nothing of the client's. */
export function call<A extends unknown[]>(run: (...args: A) => void, ...args: A): void {
  try {
    run(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
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
    for (const run of [...this.#subscribers]) call(run, value);
  }

  subscribe(run: (value: T) => void): () => void {
    this.#subscribers.add(run);
    run(this.#value);
    return () => this.#subscribers.delete(run);
  }
}

/** A value that is computed anew after it was touched, and only when somebody asks for it. */
export class Computed<T> implements Readable<T> {
  #compute: () => T;
  #known: { value: T } | null = null;
  #subscribers = new Set<(value: T) => void>();

  constructor(compute: () => T) {
    this.#compute = compute;
  }

  get(): T {
    this.#known ??= { value: this.#compute() };
    return this.#known.value;
  }

  touch(): void {
    this.#known = null;
    for (const run of [...this.#subscribers]) call(run, this.get());
  }

  subscribe(run: (value: T) => void): () => void {
    this.#subscribers.add(run);
    run(this.get());
    return () => this.#subscribers.delete(run);
  }
}
