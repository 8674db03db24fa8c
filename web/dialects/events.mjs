// What the suites of the events dialect share: a client of its REST interface that waits where the limit says so.

import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';

export const PASSWORD = 'a long and quiet evening';
export const futureDate = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** A client of a house's REST interface. Every answer has its status, headers, text and what is JSON of it. */
export function client(house) {
  let made = 0;
  let free = Promise.resolve();
  // One after the other; where an answer says that nothing is left, the next waits until the window ends.
  const paced = (ask) => {
    const answer = free.then(ask);
    free = answer.then(async ({ headers }) => {
      if (headers.get('x-ratelimit-remaining') !== '0') return;
      await wait(Math.max(0, Number(headers.get('x-ratelimit-reset')) * 1000 - Date.now()));
    }, () => undefined);
    return answer;
  };
  const once = async (method, path, { body, raw, type, token } = {}) => {
    const headers = {};
    if (token !== undefined) headers.authorization = token;
    if (raw !== undefined) headers['content-type'] = type;
    else if (body !== undefined) headers['content-type'] = 'application/json';
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await fetch(`http://${house.at.events}${path}`, { method, headers, body: text });
    const said = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    return { status: answer.status, headers: answer.headers, text: said, body: isJson ? JSON.parse(said) : undefined };
  };
  const send = async (method, path, options) => {
    for (;;) {
      const answer = await paced(() => once(method, path, options));
      if (answer.status !== 429 || !answer.headers.has('x-ratelimit-reset')) return answer;
      const { message } = answer.body.error;
      if (answer.headers.get('x-ratelimit-remaining') !== '0') throw new Error(message);
    }
  };
  const api = {
    send,
    get: (path, token) => send('GET', path, { token }),
    post: (path, body, token) => send('POST', path, { body, token }),
    put: (path, body, token) => send('PUT', path, { body, token }),
    delete: (path, token) => send('DELETE', path, { token }),
    fresh: () => `guest-${process.pid}-${Date.now()}-${++made}`,
    async signIn(email, password) {
      const answer = await api.post('/auth/login', { email, password });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.body.data[0].authToken;
    },
    /** Somebody new who has signed in. */
    async person() {
      const username = api.fresh();
      const email = `${username}@example.org`;
      const answer = await api.post('/auth/signup', { username, email, password: PASSWORD });
      if (answer.status !== 200) throw new Error(answer.text);
      return { id: answer.body.data[0].id, username, email, token: await api.signIn(email, PASSWORD) };
    },
    async until(holds) {
      while (!(await holds())) await wait(50);
    },
  };
  return api;
}

/** A WebSocket that speaks Engine.IO by hand and says nothing by itself, not even that it lives. */
export async function rawSocket(house, token) {
  const socket = new WebSocket(`ws://${house.at['events-live']}/socket.io/?EIO=4&transport=websocket`, {
    headers: { authorization: token },
  });
  const heard = [];
  const waiting = [];
  const over = new Promise((done) => socket.once('close', done));
  socket.on('message', (data) => {
    heard.push(String(data));
    waiting.shift()?.();
  });
  const next = async () => {
    while (heard.length === 0) await new Promise((done) => waiting.push(done));
    return heard.shift();
  };
  await new Promise((done, fail) => socket.once('open', done).once('error', fail));
  if (!(await next()).startsWith('0{')) throw new Error('no open packet');
  socket.send('40');
  if (!(await next()).startsWith('40{')) throw new Error('not let in');
  return {
    send: (packet) => socket.send(packet),
    async notification() {
      const [name, text] = JSON.parse((await next()).slice(2));
      if (name !== 'eventNotification') throw new Error(name);
      return text;
    },
    /** Without a goodbye. */
    die: () => socket.terminate(),
    over: () => {
      socket.close();
      return over;
    },
  };
}
