// One connection: frames in and out, requests matched to answers by `ref`, and the watch for silence. It never reconnects.

import type { ClientFrame, Joined, Ok, Refused, Request, ServerFrame, Welcome } from './frames.gen.ts';
import { Refusal, ownRefusal } from './refusal.ts';
import { MESSAGE_BYTES_MAX, OPEN_MS, SILENCE_MS, type Timers } from './timing.ts';

/** What carries messages: a WebSocket, or anything that behaves like one. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: (() => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

export type Answer = Ok | Joined | Welcome;

/** How a request ends: once, in frame order. */
export interface Settle {
  ok(answer: Answer): void;
  /** With a `Refusal`, or `LinkClosed` if nobody knows. */
  failed(reason: Refusal | LinkClosed): void;
}

export interface LinkEvents {
  open(link: Link): void;
  frame(link: Link, frame: ServerFrame): void;
  closed(link: Link, code: number): void;
}

export class LinkClosed extends Error {}

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

export class Link {
  /** Whether the other side has said anything: until then this way may lead nowhere. */
  isHeard = false;

  #socket: SocketLike;
  #events: LinkEvents;
  #timers: Timers;
  #waiting = new Map<number, Settle>();
  #nextRef = 1;
  #silence: unknown;
  #closed = false;

  constructor(socket: SocketLike, events: LinkEvents, timers: Timers) {
    this.#socket = socket;
    this.#events = events;
    this.#timers = timers;
    socket.onopen = () => events.open(this);
    socket.onmessage = (event) => this.#receive(String(event.data));
    socket.onclose = (event) => this.#end(event.code);
    socket.onerror = () => {};
    this.#silence = timers.set(() => this.close(4002), OPEN_MS);
  }

  ask(request: Request, settle: Settle): void {
    if (this.#closed) return settle.failed(new LinkClosed());
    const ref = this.#nextRef++;
    // The server skips what is longer, and could not say of which request (R30).
    if (bytesOf({ ...request, ref }) > MESSAGE_BYTES_MAX) return settle.failed(ownRefusal('too_large'));
    this.#waiting.set(ref, settle);
    this.tell({ ...request, ref } as ClientFrame);
  }

  request<A extends Answer>(request: Request): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      this.ask(request, { ok: (answer) => resolve(answer as A), failed: reject });
    });
  }

  /** Sends what is not answered. */
  tell(frame: ClientFrame): void {
    if (!this.#closed) this.#socket.send(JSON.stringify(frame));
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
    this.isHeard = true;
    this.#timers.clear(this.#silence);
    this.#silence = this.#timers.set(() => this.close(4002), SILENCE_MS);
    const message = JSON.parse(text) as ServerFrame | ServerFrame[];
    for (const frame of Array.isArray(message) ? message : [message]) this.#handle(frame);
  }

  #handle(frame: ServerFrame): void {
    if (this.#closed) return;
    if (frame.t === 'ping') this.tell({ t: 'pong' });
    this.#events.frame(this, frame);
    if (!('ref' in frame) || frame.ref === null) return;
    const waiting = this.#waiting.get(frame.ref);
    if (!waiting) return;
    this.#waiting.delete(frame.ref);
    if (frame.t === 'refused') waiting.failed(new Refusal(frame as Refused));
    else waiting.ok(frame as Answer);
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.clear(this.#silence);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { failed } of waiting) failed(new LinkClosed());
    this.#events.closed(this, code);
  }
}
