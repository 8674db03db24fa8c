// One client's copy of a room and how far it goes: what comes from the room is taken in order, under the guesses of the
// client's own commands. It knows no connection.

import { type Guess, Guesses } from './draft.ts';
import type { Fragment, Have, Joined } from './frames.gen.ts';
import { type Change, Shapes, emptyChange, isTouched } from './shapes.ts';
import { ECHO_MS, type Timers } from './timing.ts';

/** What is done with the copy at once. */
interface Step {
  /** The last entry in it. */
  seq: number;
  /** Whether it begins another history. */
  isOther: boolean;
  /** The shapes that it changes; null: all. */
  shapes: ReadonlySet<string> | null;
  /** Answers whether the step fits what is there (R11). */
  run(change: Change): boolean;
}

export interface CopyHost {
  timers: Timers;
  changed(change: Change): void;
  /** Entries are missing: join again with what there is. */
  gap(): void;
}

export class Copy {
  readonly shapes = new Shapes();
  epoch: string | null = null;
  position = 0;
  /** What is there can't be continued: it must come whole. */
  isStale = false;

  #host: CopyHost;
  #guesses = new Guesses(this.shapes);
  #seen = new Map<string, number>();
  #base = 0;
  /** Up to here nothing is missing from what came, though some of it may be held (R16). */
  #proved = 0;
  #held: Step[] = [];
  #timer: unknown = null;
  #sends = 0;
  #settling: { seq: number; run(): void }[] = [];

  constructor(host: CopyHost) {
    this.#host = host;
  }

  /** What to join with: what is held comes again. */
  have(): Have | null {
    this.drop();
    return this.epoch === null || this.isStale ? null : { epoch: this.epoch, seq: this.position };
  }

  joined(joined: Joined): void {
    const { parts, fragments, epoch, seq } = joined;
    // Until it is taken: what comes whole may be for another role than what is there.
    if (parts) this.isStale = true;
    this.#take({
      seq,
      isOther: epoch !== this.epoch,
      shapes: parts || !fragments ? null : shapesOf(fragments),
      run: (change) => {
        if (parts) this.#replace(joined, change);
        else for (const fragment of fragments ?? []) this.#apply(fragment, change);
        this.epoch = epoch;
        this.#base = seq;
        this.#reach(seq);
        return true;
      },
    });
  }

  ops(fragments: Fragment[]): void {
    const seq = Math.max(...fragments.map((fragment) => fragment.seq));
    const run = (change: Change) => {
      const missing = this.#missing(fragments);
      // What came before the missing fragment is all that this copy can vouch for (R11).
      if (missing) this.position = this.#seenBy(missing.aud);
      else for (const fragment of fragments) this.#apply(fragment, change);
      return !missing;
    };
    this.#take({ seq, isOther: false, shapes: shapesOf(fragments), run });
  }

  /** The first fragment before which one is missing. Those of a message apply together, or none (R9). */
  #missing(fragments: Fragment[]): Fragment | undefined {
    const seen = new Map<string, number>();
    return fragments.find(({ aud, prev, seq }) => {
      const before = Math.max(seen.get(aud) ?? 0, this.#seenBy(aud));
      seen.set(aud, Math.max(before, seq));
      return prev > before;
    });
  }

  /** All that this client may see up to `seq` has come. */
  at(seq: number): void {
    if (!this.#held.length) this.#advance(seq);
  }

  /** A guess is shown until its command is settled. */
  guess(guess: Guess): void {
    const change = emptyChange();
    this.#guesses.add(guess, change);
    this.#tell(change);
  }

  /** A command is sent, perhaps again; answers as which of all sendings. */
  sent(guess: Guess | null): number {
    const send = ++this.#sends;
    if (!guess) return send;
    if (!guess.sends++) guess.after = Math.max(this.position, this.#proved, ...this.#held.map(({ seq }) => seq));
    [guess.isUncertain, guess.lastSend] = [true, send];
    return send;
  }

  /** The command was done by the entry `seq`, and this answer proves what came up to there (R16). */
  answered(guess: Guess | null, send: number, seq: number, isProof: boolean): void {
    if (guess) [guess.seq, guess.isUncertain] = [seq, false];
    this.#guesses.comeAfter(seq, send);
    if (isProof && seq > this.#proved) this.#proved = seq;
    this.#release();
    if (guess && seq <= this.position) this.#settleGuesses();
  }

  /** The command was not done, or nobody will ever know. */
  refused(guess: Guess): void {
    [guess.seq, guess.isUncertain] = [0, false];
    this.#release();
    this.#settleGuesses();
  }

  /** Runs when the copy has reached `seq`. */
  when(seq: number, run: () => void): void {
    if (seq <= this.position) run();
    else this.#settling.push({ seq, run });
  }

  #tell(change: Change): void {
    if (change.reset || isTouched(change)) this.#host.changed(change);
  }

  /** What is held is forgotten, for the next join brings it again, and with it the answers that it waits for. */
  drop(): void {
    this.#held = [];
    this.#proved = 0;
    this.#stopWaiting();
  }

  #take(step: Step): void {
    this.#held.push(step);
    this.#release();
  }

  /** A change that may be a command's own work is shown with its answer: not once as guessed and once as done. */
  #release(): void {
    const first = this.#held.findIndex(({ seq, isOther, shapes }) =>
      this.#guesses.mayBeAnswered(shapes, isOther ? Infinity : seq),
    );
    this.#run(this.#held.splice(0, first < 0 ? this.#held.length : first));
    if (this.#held.length) this.#timer ??= this.#host.timers.set(() => this.#run(this.#held.splice(0)), ECHO_MS);
  }

  #run(steps: Step[]): void {
    if (!this.#held.length) this.#stopWaiting();
    const fits = steps.length === 0 || this.#runUnderGuesses(steps);
    if (!fits) {
      this.drop();
      return this.#host.gap();
    }
    if (!this.#held.length) this.#advance(this.#proved);
  }

  #stopWaiting(): void {
    if (this.#timer !== null) this.#host.timers.clear(this.#timer);
    this.#timer = null;
  }

  #runUnderGuesses(steps: Step[]): boolean {
    const change = emptyChange();
    let fits = true;
    this.#guesses.around(unionOf(steps), change, this.#isDone, () => {
      fits = steps.every((step) => step.run(change));
      if (!this.#held.length && fits) this.#reach(this.#proved);
    });
    this.#tell(change);
    this.#settle();
    return fits;
  }

  #settleGuesses(): void {
    const change = emptyChange();
    this.#guesses.around(new Set(), change, this.#isDone, () => {});
    this.#tell(change);
  }

  #isDone = (guess: Guess): boolean => guess.seq !== null && guess.seq <= this.position;

  #replace({ parts, epoch, seq }: Joined, change: Change): void {
    this.shapes.replace(parts ?? []);
    this.#seen.clear();
    change.reset = true;
    this.isStale = false;
    this.position = seq;
    if (epoch === this.epoch) return;
    // Positions of another history will never be reached.
    this.#proved = 0;
    for (const settling of this.#settling) settling.seq = 0;
    this.#guesses.forgetSeqs();
  }

  #seenBy(audience: string): number {
    return Math.max(this.#seen.get(audience) ?? 0, this.#base);
  }

  #apply(fragment: Fragment, change: Change): void {
    if (fragment.seq <= this.#seenBy(fragment.aud)) return;
    this.shapes.apply(fragment, change);
    this.#seen.set(fragment.aud, fragment.seq);
    this.#reach(fragment.seq);
  }

  #reach(seq: number): void {
    if (seq > this.position) this.position = seq;
  }

  #advance(seq: number): void {
    this.#reach(seq);
    this.#settle();
  }

  #settle(): void {
    const due = this.#settling.filter((settling) => settling.seq <= this.position);
    this.#settling = this.#settling.filter((settling) => settling.seq > this.position);
    for (const settling of due) settling.run();
  }
}

/** Op shapes of a few fragments. */
function shapesOf(fragments: Fragment[]): Set<string> {
  return new Set(fragments.flatMap((fragment) => fragment.ops.map((op) => op[1])));
}

function unionOf(steps: Step[]): ReadonlySet<string> | null {
  const union = new Set<string>();
  for (const { shapes } of steps) {
    if (!shapes) return null;
    for (const shape of shapes) union.add(shape);
  }
  return union;
}
