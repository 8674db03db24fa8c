// A scripted socket and hand-driven timers: the other side of every client test.

import { Client, type ClientOptions } from '../src/client.ts';
import type { SocketLike } from '../src/link.ts';

export type Frame = Record<string, any>;

export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  sent: Frame[] = [];
  closedWith: number | null = null;

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }
  close(code = 1000): void {
    this.closedWith = code;
  }
  say(...frames: Frame[]): void {
    this.onmessage?.({ data: JSON.stringify(frames.length === 1 ? frames[0] : frames) });
  }
  last(t: string): Frame {
    const frame = this.sent.filter((sent) => sent.t === t).at(-1);
    if (!frame) throw new Error(`nothing sent of kind ${t}`);
    return frame;
  }
  all(t: string): Frame[] {
    return this.sent.filter((sent) => sent.t === t);
  }
}

export class FakeTimers {
  time = 1_000_000;
  #due: { at: number; run: () => void }[] = [];
  now = () => this.time;
  set = (run: () => void, ms: number) => {
    const timer = { at: this.time + ms, run };
    this.#due.push(timer);
    return timer;
  };
  clear = (handle: unknown) => {
    this.#due = this.#due.filter((timer) => timer !== handle);
  };
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.#due.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.clear(next);
      this.time = next.at;
      next.run();
    }
    this.time = end;
  }
}

export const settled = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

export function world(options: Partial<ClientOptions> = {}) {
  const sockets: FakeSocket[] = [];
  const timers = new FakeTimers();
  let ids = 0;
  const client = new Client({
    url: 'ws://test/live',
    socket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    timers,
    random: () => 1,
    newId: () => `id-${++ids}`,
    ...options,
  });
  const latest = () => sockets.at(-1)!;
  const welcome = async (extra: Frame = {}) => {
    latest().onopen?.();
    await settled();
    const { ref } = latest().last('hello');
    latest().say({ t: 'welcome', ref, session: 's', now: timers.time + 5000, heartbeatMs: 25000, ...extra });
    await settled();
  };
  const joined = async (extra: Frame = {}) => {
    const { ref, room } = latest().last('join');
    const base = { t: 'joined', ref, room, app: 'test', version: 1, epoch: 'e1', term: 1, seq: 0, role: 'x' };
    latest().say({ ...base, ...(extra.fragments ? {} : { parts: [] }), ...extra });
    await settled();
  };
  return { client, sockets, timers, latest, welcome, joined };
}

export async function live(extra: Frame = {}, options: Partial<ClientOptions> = {}) {
  const w = world(options);
  w.client.connect();
  await w.welcome();
  const room = w.client.join('r');
  await w.joined(extra);
  return { ...w, room };
}
