// The frames of a connection as server-sent events and POSTs (R56–R59), in the form of a socket. It decides nothing.

import type { SocketLike } from './link.ts';

type Fetch = typeof fetch;

/** The network's own code for an end without a goodbye. */
const ABNORMAL = 1006;
/** A message may have so many bytes (R30); what waits together stays well below. */
const BATCH_CHARS_MAX = 8_000;
/** And so many frames (R2). */
const BATCH_FRAMES_MAX = 64;

export const openStream = (url: string): SocketLike => new Stream(url);

export class Stream implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;

  #url: string;
  #fetch: Fetch;
  #abort = new AbortController();
  /** What says that we may speak on this stream; it travels in no address. */
  #secret: string | null = null;
  #waiting: string[] = [];
  #isPosting = false;
  #isClosed = false;

  constructor(url: string, fetcher: Fetch = (...of) => fetch(...of)) {
    this.#url = `${url.replace(/^ws/, 'http').replace(/\/$/, '')}/sse`;
    this.#fetch = fetcher;
    void this.#run();
  }

  send(data: string): void {
    this.#waiting.push(data);
    void this.#post();
  }

  close(): void {
    this.#end(1000, false);
  }

  async #run(): Promise<void> {
    try {
      const headers = { accept: 'text/event-stream' };
      const { signal } = this.#abort;
      const answer = await this.#fetch(this.#url, { method: 'POST', headers, cache: 'no-store', signal });
      if (answer.ok && answer.body) await this.#read(answer.body);
    } catch {
      // The end of it is all that can be said.
    }
    this.#end(ABNORMAL);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) this.#event(event);
    }
  }

  #event(text: string): void {
    if (this.#isClosed) return;
    let name = 'message';
    const data: string[] = [];
    for (const line of text.split('\n')) {
      if (line.startsWith('data: ')) data.push(line.slice(6));
      else if (line.startsWith('event: ')) name = line.slice(7);
    }
    if (!data.length) return;
    if (name === 'message') return this.onmessage?.({ data: data.join('\n') });
    const told = JSON.parse(data.join('\n')) as { stream: string; code: number };
    if (name === 'close') return this.#end(told.code);
    if (name !== 'open') return;
    this.#secret = told.stream;
    this.onopen?.();
    void this.#post();
  }

  /** One POST after the other, so that the order stays; what waits meanwhile goes together. */
  async #post(): Promise<void> {
    if (this.#isPosting || !this.#secret || !this.#waiting.length || this.#isClosed) return;
    this.#isPosting = true;
    const body = this.#takeBatch();
    try {
      const headers = { authorization: `Bearer ${this.#secret}` };
      const { signal } = this.#abort;
      const answer = await this.#fetch(`${this.#url}/messages`, { method: 'POST', headers, body, cache: 'no-store', signal });
      // What is lost may be anything: a new connection knows what to send again.
      if (!answer.ok) this.#end(ABNORMAL);
    } catch {
      this.#end(ABNORMAL);
    }
    this.#isPosting = false;
    void this.#post();
  }

  #takeBatch(): string {
    const batch = [this.#waiting.shift()!];
    let chars = batch[0]!.length;
    while (this.#waiting.length && batch.length < BATCH_FRAMES_MAX) {
      chars += this.#waiting[0]!.length + 1;
      if (chars > BATCH_CHARS_MAX) break;
      batch.push(this.#waiting.shift()!);
    }
    return batch.length === 1 ? batch[0]! : `[${batch.join(',')}]`;
  }

  #end(code: number, isTold = true): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#abort.abort();
    if (isTold) this.onclose?.({ code });
  }
}
