// A world of faults for one seed: clients on connections that are slow, doubled, swapped and cut, a server that restarts
// and comes back from a backup. Time is virtual; the same seed gives the same run.

import { Client } from '../../src/client.ts';
import type { SocketLike } from '../../src/link.ts';
import { ECHO_MS } from '../../src/timing.ts';
import type { RealRoom, Sent, Step } from './room.ts';

/** Bugs that a client could have, made from outside. */
export type Bug = 'gaps ignored' | 'sent again under a new id' | 'guesses not replaced' | 'old terms';

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** 0 ≤ x < 1 (mulberry32). */
  next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  below = (n: number): number => Math.floor(this.next() * n);
  is = (percent: number): boolean => this.below(100) < percent;
  pick = <T>(of: readonly T[]): T => of[this.below(of.length)]!;
}

interface Timer {
  at: number;
  nth: number;
  run(): void;
}

export class World {
  time = 1_000_000;
  chance: Chance;
  /** While it is false nothing goes wrong any more. */
  isRough = true;
  links: ModelSocket[] = [];

  #room: RealRoom;
  #bug: Bug | null;
  #isTold: boolean;
  #timers: Timer[] = [];
  #nth = 0;
  #steps: Step[] = [];
  #connections = 0;
  #told = 0;

  constructor(seed: number, room: RealRoom, bug: Bug | null, isTold: boolean) {
    this.#isTold = isTold;
    this.chance = new Chance(seed);
    this.#room = room;
    this.#bug = bug;
    this.#steps.push(['new', seed]);
  }

  readonly timers = {
    now: () => this.time,
    set: (run: () => void, ms: number): unknown => {
      const wait = this.#bug === 'guesses not replaced' && ms === ECHO_MS ? 0 : ms;
      const timer = { at: this.time + Math.max(0, Math.ceil(wait)), nth: this.#nth++, run };
      this.#timers.push(timer);
      return timer;
    },
    clear: (handle: unknown): void => {
      const at = this.#timers.indexOf(handle as Timer);
      if (at >= 0) this.#timers.splice(at, 1);
    },
  };

  client(account: number): Client {
    let ids = 0;
    const newId = () => `00000000-0000-7000-8000-${String(account * 1e6 + this.#nth++ * 100 + (ids++ % 100)).padStart(12, '0')}`;
    return new Client({
      url: 'ws://model/live',
      token: async () => String(account),
      socket: () => this.#open(),
      timers: this.timers,
      random: this.chance.next,
      newId,
    });
  }

  /** A line of the trace, for one seed that is looked at. */
  tell(line: string): void {
    if (this.#isTold) console.log(`${this.time - 1_000_000} ${line}`);
  }

  step(...step: Step): void {
    this.#steps.push(step);
  }

  /** The server's process ends: with it all connections. */
  restart(step: 'restart' | 'restore'): void {
    this.step(step);
    for (const link of this.links) link.drop();
  }

  async run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const end = this.time + ms;
    while (this.time < end && !isOver()) {
      await this.#settled();
      const next = Math.min(end, ...this.#timers.map(({ at }) => at));
      this.time = next;
      const due = this.#timers.filter(({ at }) => at <= next).sort((a, b) => a.at - b.at || a.nth - b.nth);
      for (const timer of due) {
        if (!this.#timers.includes(timer)) continue;
        this.timers.clear(timer);
        timer.run();
      }
    }
    await this.#settled();
  }

  /** What the room would tell a newcomer with the rights of this connection. */
  async truth(link: ModelSocket): Promise<unknown[]> {
    const sent = await this.#room.ask([['truth', link.connection]]);
    return sent[0]![1]['parts'] as unknown[];
  }

  async #settled(): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
      if (!this.#steps.length) return;
      if (this.time > this.#told) this.#steps.unshift(['time', this.#told ? this.time - this.#told : 0]);
      if (this.#steps.some(([name]) => name === 'new')) this.#steps.sort(([a], [b]) => Number(b === 'new') - Number(a === 'new'));
      this.#told = this.time;
      for (const sent of await this.#room.ask(this.#steps.splice(0))) this.#deliver(sent);
    }
  }

  #deliver([connection, frame]: Sent): void {
    this.links.find((link) => link.connection === connection)?.hear(this.#spoilt(frame));
  }

  #open(): ModelSocket {
    const link = new ModelSocket(this, ++this.#connections, this.#bug);
    this.links.push(link);
    return link;
  }

  #spoilt(frame: Record<string, unknown>): Record<string, unknown> {
    if (this.#bug === 'gaps ignored' && frame['t'] === 'ops') {
      const fragments = frame['fragments'] as Record<string, unknown>[];
      return { ...frame, fragments: fragments.map((fragment) => ({ ...fragment, prev: 0 })) };
    }
    return frame;
  }
}

type Frame = Record<string, unknown>;

/** One connection: in order each way, but for `ops` that overtake each other (R11), and never lossless at its end. */
export class ModelSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;

  readonly connection: number;
  isOpen = false;
  #world: World;
  #bug: Bug | null;
  #isCut = false;
  #latency: number;
  #upAt = 0;
  #downAt = 0;
  #last: { frame: Frame; isGone: boolean } | null = null;
  static ids = new Set<unknown>();

  constructor(world: World, connection: number, bug: Bug | null) {
    [this.#world, this.connection, this.#bug] = [world, connection, bug];
    const { chance } = world;
    this.#latency = 1 + chance.below(40);
    world.timers.set(() => {
      if (world.isRough && chance.is(15)) return this.drop();
      if (this.#isCut) return;
      this.isOpen = true;
      world.step('open', connection);
      this.onopen?.();
    }, this.#latency);
  }

  send(data: string): void {
    if (this.#isCut) return;
    const frame = this.#spoilt(JSON.parse(data) as Frame);
    this.#world.tell(`${this.connection} > ${JSON.stringify(frame)}`);
    this.#upAt = Math.max(this.#upAt, this.#world.time + this.#latency + this.#world.chance.below(5));
    this.#world.timers.set(() => this.#isCut || this.#world.step('say', this.connection, frame), this.#upAt - this.#world.time);
  }

  hear(frame: Frame): void {
    if (this.#isCut) return;
    const { chance, isRough, timers, time } = this.#world;
    this.#downAt = Math.max(this.#downAt, time + this.#latency + chance.below(5));
    const on = { frame, isGone: false };
    const before = this.#last;
    if (isRough && before && !before.isGone && before.frame['t'] === 'ops' && frame['t'] === 'ops' && chance.is(20)) {
      [before.frame, on.frame] = [on.frame, before.frame];
    }
    this.#last = on;
    timers.set(() => {
      on.isGone = true;
      this.#say(on.frame);
      if (on.frame['t'] === 'ops' && isRough && chance.is(10)) this.#say(on.frame);
    }, this.#downAt - time);
  }

  /** The line breaks: what is under way is lost in one direction, and perhaps in the other. The server learns it late. */
  cut(): void {
    if (this.#isCut) return;
    const { chance, timers } = this.#world;
    const arrives = chance.is(50);
    this.#breakOff(!arrives);
    timers.set(() => this.#world.step('lost', this.connection), this.#upAt > this.#world.time ? 60 + chance.below(900) : chance.below(900));
    timers.set(() => this.onclose?.({ code: 1006 }), chance.below(30));
  }

  /** The server is gone, and knows nothing of it. */
  drop(): void {
    if (this.#isCut) return;
    this.#breakOff(true);
    this.#world.timers.set(() => this.onclose?.({ code: 1006 }), this.#world.chance.below(30));
  }

  close(): void {
    if (this.#isCut) return;
    this.#breakOff(true);
    this.#world.timers.set(() => this.#world.step('lost', this.connection), this.#latency);
  }

  #breakOff(isDeaf: boolean): void {
    this.isOpen = false;
    this.#say = () => {};
    this.send = () => {};
    this.#isCut = isDeaf;
  }

  #say = (frame: Frame): void => {
    const data = JSON.stringify(frame);
    this.#world.tell(`${this.connection} < ${data}`);
    this.onmessage?.({ data });
  };

  #spoilt(frame: Frame): Frame {
    if (frame['t'] !== 'command') return frame;
    if (this.#bug === 'old terms') return { ...frame, term: 1 };
    if (this.#bug !== 'sent again under a new id') return frame;
    const id = ModelSocket.ids.has(frame['id']) ? String(frame['id']).replace('7000', '7001') : frame['id'];
    ModelSocket.ids.add(frame['id']);
    return { ...frame, id };
  }
}
