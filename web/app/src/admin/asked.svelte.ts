// An answer of the server that is asked for again every ten seconds while the page is looked at, and at once when it is
// looked at again; never while it is hidden.

import { call } from '../session.svelte.ts';

const AGAIN_MS = 10_000;

export class Asked<T> {
  value = $state.raw<T | null>(null);
  failed = $state(false);
  #path: () => string;
  #last = '';

  /** To be made while a component is: it asks as long as that is shown. */
  constructor(path: () => string) {
    this.#path = path;
    $effect(() => {
      const asked = path();
      void this.again();
      const timer = setInterval(() => document.hidden || void this.again(), AGAIN_MS);
      const seen = () => document.hidden || void this.again();
      document.addEventListener('visibilitychange', seen);
      return () => {
        clearInterval(timer);
        document.removeEventListener('visibilitychange', seen);
        if (this.#last === asked) this.#last = '';
      };
    });
  }

  async again(): Promise<void> {
    const path = (this.#last = this.#path());
    const answer = await call<T>(path).catch(() => null);
    // Another question was asked meanwhile.
    if (path !== this.#last) return;
    this.failed = answer === null;
    if (answer) this.value = answer;
  }
}
