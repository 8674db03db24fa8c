// A WebSocket that a test reads frame by frame: it waits for frames, never for a time.

import WebSocket from 'ws';

/** What came and was not read yet, in order; `ended` answers how the connection was closed. */
export class Frames {
  #came = [];
  #waiting = [];

  constructor(url, { protocol = [], ...options } = {}) {
    this.socket = new WebSocket(url, protocol, options);
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.refused = new Promise((resolve) => {
      this.socket.once('unexpected-response', async (_, response) => {
        let body = '';
        for await (const chunk of response) body += chunk;
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
    });
    this.ended = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.socket.on('message', (data, isBinary) => this.#take({ text: String(data), isBinary }));
    this.socket.on('error', () => {});
    this.opened.catch(() => {});
  }

  #take(frame) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(frame);
    else this.#came.push(frame);
  }

  /** The next frame as it came. */
  next() {
    if (this.#came.length) return Promise.resolve(this.#came.shift());
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.ended.then(({ code }) => reject(new Error(`closed (${code}) while a frame was awaited`)));
    });
  }

  /** The next frame as JSON. */
  async json() {
    return JSON.parse((await this.next()).text);
  }

  /** Reads on until a frame fits; answers it. */
  async until(fits) {
    for (;;) {
      const frame = await this.json();
      if (fits(frame)) return frame;
    }
  }

  send(content) {
    this.socket.send(typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  }

  async close() {
    this.socket.close();
    return this.ended;
  }
}
