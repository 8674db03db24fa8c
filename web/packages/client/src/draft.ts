// What a person's commands will do, shown before the room has decided: each command's guess is written over the copy,
// taken back before the copy changes, and written again on top. It sends nothing.

import type { Of, Names, Untyped } from './application.ts';
import { type Change, Shapes, type TakeBack } from './shapes.ts';
import { call } from './store.ts';

/** The shapes as a guess may read and write them. Values are replaced, never changed in place. */
export class Draft<App = Untyped> {
  /** The command's id, for rows that the room will key by it. */
  readonly id: string;
  #shapes: Shapes;
  #change: Change;
  #written: TakeBack[];
  #touched: Set<string>;

  constructor(guess: Guess, shapes: Shapes, change: Change) {
    this.id = guess.id;
    this.#shapes = shapes;
    this.#change = change;
    this.#written = guess.written;
    this.#touched = guess.touched;
  }

  cell<N extends Names<Of<App, 'cells'>>>(shape: N): Of<App, 'cells'>[N] | undefined {
    this.#touched.add(shape);
    return this.#shapes.cell(shape);
  }
  setCell<N extends Names<Of<App, 'cells'>>>(shape: N, value: Of<App, 'cells'>[N]): void {
    this.#wrote(shape, this.#shapes.setCell(shape, value, this.#change));
  }

  rows<N extends Names<Of<App, 'rows'>>>(shape: N): ReadonlyMap<string, Of<App, 'rows'>[N]> {
    this.#touched.add(shape);
    return this.#shapes.rows(shape);
  }
  put<N extends Names<Of<App, 'rows'>>>(shape: N, key: string | number, value: Of<App, 'rows'>[N]): void {
    this.#wrote(shape, this.#shapes.setRow(shape, String(key), value, this.#change));
  }
  delete(shape: Names<Of<App, 'rows'>>, key: string | number): void {
    this.#wrote(shape, this.#shapes.setRow(shape, String(key), undefined, this.#change));
  }

  grid(shape: Names<Of<App, 'grids'>>): Readonly<Uint8Array> | undefined {
    this.#touched.add(shape);
    return this.#shapes.grid(shape);
  }
  set(shape: Names<Of<App, 'grids'>>, index: number, value: number): void {
    this.#wrote(shape, this.#shapes.setPlace(shape, index, value, this.#change));
  }

  log<N extends Names<Of<App, 'logs'>>>(shape: N): ReadonlyMap<number, Of<App, 'logs'>[N]> {
    this.#touched.add(shape);
    return this.#shapes.log(shape);
  }
  /** Adds a row after the last one; its number is a guess too. */
  push<N extends Names<Of<App, 'logs'>>>(shape: N, value: Of<App, 'logs'>[N]): void {
    const last = [...this.#shapes.log(shape).keys()].at(-1) ?? 0;
    this.#wrote(shape, this.#shapes.setLogRow(shape, last + 1, value, this.#change));
  }
  amend<N extends Names<Of<App, 'logs'>>>(shape: N, no: number, value: Of<App, 'logs'>[N]): void {
    if (!this.#shapes.log(shape).has(no)) return;
    this.#wrote(shape, this.#shapes.setLogRow(shape, no, value, this.#change));
  }

  #wrote(shape: string, takeBack: TakeBack): void {
    this.#touched.add(shape);
    this.#written.push(takeBack);
  }
}

/** One command's guess. */
export interface Guess {
  readonly id: string;
  readonly run: (draft: Draft<any>) => void;
  /** Whether the command was sent and not answered: what comes from the room may be its work. */
  isUncertain: boolean;
  /** Its entry comes after this one. */
  after: number;
  /** How often it was sent, and as which of all sendings last. */
  sends: number;
  lastSend: number;
  /** The entry that did it, once that is known. */
  seq: number | null;
  written: TakeBack[];
  touched: Set<string>;
}

export const newGuess = (id: string, run: Guess['run']): Guess =>
  ({ id, run, isUncertain: false, after: 0, sends: 0, lastSend: 0, seq: null, written: [], touched: new Set() });

export class Guesses {
  #shapes: Shapes;
  #all: Guess[] = [];

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  add(guess: Guess, change: Change): void {
    this.#all.push(guess);
    this.#write(guess, change);
  }

  /** Whether a change of these shapes (null: of all) up to `seq` may be the outcome of a guess that is shown. */
  mayBeAnswered(shapes: ReadonlySet<string> | null, seq: number): boolean {
    return this.#all.some((guess) => guess.isUncertain && guess.after < seq && touches(guess, shapes));
  }

  /** What was sent for the first time after a command that `seq` did comes after it (R6). */
  comeAfter(seq: number, send: number): void {
    for (const guess of this.#all) {
      if (guess.sends === 1 && guess.lastSend > send && guess.after < seq) guess.after = seq;
    }
  }

  /** Changes the copy below all guesses, and leaves out those of which it is known what came of them. */
  around(shapes: ReadonlySet<string> | null, change: Change, isDone: (guess: Guess) => boolean, run: () => void): void {
    const isAbove = this.#all.some((guess) => touches(guess, shapes));
    if (isAbove) this.#takeBack(change);
    run();
    const isOver = this.#all.some(isDone);
    if (!isAbove && !isOver) return;
    if (!isAbove) this.#takeBack(change);
    if (isOver) this.#all = this.#all.filter((guess) => !isDone(guess));
    for (const guess of this.#all) this.#write(guess, change);
  }

  /** Entries of another history are none that a guess could wait for. */
  forgetSeqs(): void {
    for (const guess of this.#all) {
      guess.after = 0;
      if (guess.seq !== null) guess.seq = 0;
    }
  }

  #write(guess: Guess, change: Change): void {
    // A guess that fails shows nothing, and its command goes on.
    call(() => {
      try {
        guess.run(new Draft(guess, this.#shapes, change));
      } catch (error) {
        takeBack(guess, change);
        throw error;
      }
    });
  }

  #takeBack(change: Change): void {
    for (const guess of [...this.#all].reverse()) {
      takeBack(guess, change);
      guess.touched.clear();
    }
  }
}

function touches(guess: Guess, shapes: ReadonlySet<string> | null): boolean {
  if (!shapes) return true;
  for (const shape of shapes) if (guess.touched.has(shape)) return true;
  return false;
}

function takeBack({ written }: Guess, change: Change): void {
  while (written.length) written.pop()!(change);
}
