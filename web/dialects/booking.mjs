// A client of the booking dialect: requests as fetch makes them, and a WebSocket whose messages wait until they are asked for.

import { WebSocket } from 'ws';

export const PASSWORD = 'password123';

/** Asks; answers status, headers, and the body as JSON if it is some. */
export async function ask(at, method, path, { token, json, form, headers = {}, body } = {}) {
  const bearer = token ? { authorization: `Bearer ${token}` } : {};
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`http://${at}${path}`, {
    method,
    headers: { ...bearer, ...type, ...headers },
    body: json === undefined ? (form ?? body) : JSON.stringify(json),
  });
  const text = await response.text();
  let read = text;
  try {
    read = JSON.parse(text);
  } catch {
    // It is a text.
  }
  return { status: response.status, headers: response.headers, body: read };
}

/** Signs in and answers the token. */
export async function signIn(at, email, password = PASSWORD) {
  const { body } = await ask(at, 'POST', '/api/auth/login', { json: { email, password } });
  return body.data.token;
}

/** A form as a browser's `FormData` sends it. */
export function formOf(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, String(value));
  if (file) form.append('imageFile', new Blob([file.bytes], { type: file.type }), file.name ?? 'picture.png');
  return form;
}

/** A WebSocket; `next` is the next message, `closed` how it ended. `early` is sent with the handshake's end. */
export function watch(at, path, token, { early = [], log } = {}) {
  const query = token === undefined ? '' : `?token=${token}`;
  const socket = new WebSocket(`ws://${at}${path}${query}`);
  const opened = new Promise((resolve) => socket.once('open', resolve));
  const heard = [];
  let wake = () => {};
  let over = false;
  socket.on('open', () => early.forEach((message) => socket.send(message)));
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    heard.push(message);
    log?.push(message.type);
    wake();
  });
  const closed = new Promise((resolve) => {
    socket.on('close', (code, reason) => {
      over = true;
      resolve({ code, reason: reason.toString() });
      wake();
    });
    socket.on('error', () => {});
  });
  const next = async () => {
    while (heard.length === 0) {
      if (over) throw new Error(`${path} is closed`);
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
    return heard.shift();
  };
  const say = (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  /** What came until now: everything before the answer to a message of one's own. */
  const settled = async () => {
    await opened;
    say({ type: 'ping' });
    const before = [];
    for (;;) {
      const message = await next();
      if (message.type === 'pong') return before;
      before.push(message);
    }
  };
  const end = async () => {
    socket.close();
    await closed;
  };
  return { socket, next, say, settled, closed, end };
}
