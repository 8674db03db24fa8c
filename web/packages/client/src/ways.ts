// Which way to the server: WebSocket, or the same frames as an event stream where a network doesn't let that through.

import type { SocketLike } from './link.ts';
import { openStream } from './stream.ts';
import { SOCKET_AGAIN_MS, SOCKET_TRIES_MAX, type Timers } from './timing.ts';

export type Way = 'socket' | 'stream';

export interface WayOptions {
  url: string;
  socket?: ((url: string, protocol: string) => SocketLike) | undefined;
  stream?: ((url: string) => SocketLike) | null | undefined;
}

const PROTOCOL = 'houseful.v1';

const openSocket = (url: string, protocol: string) =>
  new WebSocket(url, protocol) as unknown as SocketLike;

export class Ways {
  #options: WayOptions;
  #timers: Timers;
  /** WebSockets that ended unheard, since one was heard. */
  #unheard = 0;
  /** When a WebSocket may be worth another try. */
  #socketAgainAt = 0;

  constructor(options: WayOptions, timers: Timers) {
    this.#options = options;
    this.#timers = timers;
  }

  open(): [SocketLike, Way] {
    const { url, socket = openSocket } = this.#options;
    const stream = this.#stream();
    if (!stream || !this.#isBlocked()) {
      try {
        return [socket(url, PROTOCOL), 'socket'];
      } catch (error) {
        // No WebSocket here at all, or one that the page's policy forbids.
        if (!stream) throw error;
        this.#unheard = SOCKET_TRIES_MAX;
      }
    }
    return [stream(url), 'stream'];
  }

  heard(way: Way): void {
    if (way === 'socket') this.#unheard = 0;
    else this.#socketAgainAt = this.#timers.now() + SOCKET_AGAIN_MS;
  }

  /** It ended before the server was heard on it. */
  unheard(way: Way): void {
    // Where neither leads to the server, it is the server: they take turns.
    if (way === 'stream') [this.#unheard, this.#socketAgainAt] = [SOCKET_TRIES_MAX - 1, 0];
    else if (++this.#unheard >= SOCKET_TRIES_MAX) this.#socketAgainAt = this.#timers.now() + SOCKET_AGAIN_MS;
  }

  #isBlocked(): boolean {
    return this.#unheard >= SOCKET_TRIES_MAX && this.#timers.now() < this.#socketAgainAt;
  }

  /** A socket of one's own has no other way beside it, unless that is given too. */
  #stream(): ((url: string) => SocketLike) | null {
    const { stream, socket } = this.#options;
    if (stream !== undefined) return stream;
    return socket ? null : openStream;
  }
}
