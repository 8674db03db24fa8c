// One socket: frames in and out, requests matched to answers by `ref`, and the watch for silence. It never reconnects.

import type { ClientFrame, Joined, Ok, Refused, Request, ServerFrame, Welcome } from './frames.gen.ts';
import { Refusal } from './refusal.ts';
import { OPEN_MS, SILENCE_MS, type Timers } from './timing.ts';

export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: (() => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

export type Answer = Ok | Joined | Welcome;

interface Waiting {
  resolve(answer: Answer): void;
  reject(reason: unknown): void;
}

export interface LinkEvents {
  open(link: Link): void;
  frame(link: Link, frame: ServerFrame): void;
  closed(link: Link, code: number): void;
}

export class LinkClosed extends Error {}

export class Link {
  #socket: SocketLike;
  #events: LinkEvents;
  #timers: Timers;
  #waiting = new Map<number, Waiting>();
  #nextRef = 1;
  #silence: unknown;
  #closed = false;

  constructor(socket: SocketLike, events: LinkEvents, timers: Timers) {
    this.#socket = socket;
    this.#events = events;
    this.#timers = timers;
    socket.onopen = () => {
      this.#heard();
      events.open(this);
    };
    socket.onmessage = (event) => this.#receive(String(event.data));
    socket.onclose = (event) => this.#end(event.code);
    socket.onerror = () => {};
    this.#silence = timers.set(() => this.close(4002), OPEN_MS);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  request<A extends Answer>(request: Request): Promise<A> {
    if (this.#closed) return Promise.reject(new LinkClosed());
    const ref = this.#nextRef++;
    return new Promise<A>((resolve, reject) => {
      this.#waiting.set(ref, { resolve: resolve as (answer: Answer) => void, reject });
      this.#send({ ...request, ref } as ClientFrame);
    });
  }

  /** Ends at once for us, whatever the other side does: a half-open socket may never say so. */
  close(code = 1000): void {
    if (this.#closed) return;
    // Browsers allow only 1000 and 3000–4999 here.
    this.#socket.close(code === 1000 ? 1000 : 4002);
    this.#end(code);
  }

  #receive(text: string): void {
    if (this.#closed) return;
    this.#heard();
    const message = JSON.parse(text) as ServerFrame | ServerFrame[];
    for (const frame of Array.isArray(message) ? message : [message]) this.#handle(frame);
  }

  #handle(frame: ServerFrame): void {
    if (frame.t === 'ping') this.#send({ t: 'pong' });
    this.#events.frame(this, frame);
    if (!('ref' in frame) || frame.ref === null) return;
    const waiting = this.#waiting.get(frame.ref);
    if (!waiting) return;
    this.#waiting.delete(frame.ref);
    if (frame.t === 'refused') waiting.reject(new Refusal(frame as Refused));
    else waiting.resolve(frame as Answer);
  }

  #send(frame: ClientFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  #heard(): void {
    this.#timers.clear(this.#silence);
    this.#silence = this.#timers.set(() => this.close(4002), SILENCE_MS);
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.clear(this.#silence);
    for (const waiting of this.#waiting.values()) waiting.reject(new LinkClosed());
    this.#waiting.clear();
    this.#events.closed(this, code);
  }
}
