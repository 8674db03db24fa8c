// People as each older system's own client makes them, and one of the native protocol, for suites where several speak
// at once. Each reads what comes frame by frame.

import io2 from 'sio2';
import { io as io4 } from 'socket.io-client';
import { Frames } from './frames.mjs';

/** Reads events of a Socket.IO client in order, as `[name, ...args]`. */
export class Heard {
  #came = [];
  #waiting = [];

  constructor(socket) {
    this.socket = socket;
    // Version 2 hands every event to `onevent`, version 4 to whoever listens to any.
    if (socket.onAny) socket.onAny((...event) => this.#take(event));
    else {
      const before = socket.onevent.bind(socket);
      socket.onevent = (packet) => {
        before(packet);
        this.#take(packet.data);
      };
    }
  }

  #take(event) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(event);
    else this.#came.push(event);
  }

  next() {
    if (this.#came.length) return Promise.resolve(this.#came.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Reads on until an event fits; answers it. */
  async until(fits) {
    for (;;) {
      const event = await this.next();
      if (fits(event)) return event;
    }
  }

  close() {
    this.socket.close();
  }
}

/** What a REST interface answers, as JSON. */
export async function ask(at, method, path, { token, body, form } = {}) {
  const headers = {};
  if (token) headers.authorization = token;
  if (body) headers['content-type'] = 'application/json';
  const answer = await fetch(`http://${at}${path}`, { method, headers, body: form ?? (body && JSON.stringify(body)) });
  const text = await answer.text();
  return { status: answer.status, ...(text ? JSON.parse(text) : {}) };
}

/** Somebody of the booking dialect, with a token. */
export async function booker(house, email = 'john@example.com', password = 'password123') {
  const { data } = await ask(house.at.booking, 'POST', '/api/auth/login', { body: { email, password } });
  return { ...data.user, token: `Bearer ${data.token}`, bare: data.token };
}

/** A watcher of the booking dialect. */
export async function bookingWatcher(house, who, event) {
  const watcher = new Frames(`ws://${house.at.booking}/ws/events/${event}?token=${who.bare}`);
  await watcher.until((frame) => frame.type === 'connection_established');
  watcher.send({ type: 'subscribe_event', eventId: event });
  await watcher.until((frame) => frame.type === 'subscribed');
  return watcher;
}

/** Somebody of the seats dialect, who has seen the field once: `field` is the last. */
export async function seatsClient(house, name) {
  const client = new Frames(`ws://${house.at.seats}/?user=${encodeURIComponent(name)}`);
  client.field = (await client.until((frame) => frame.type === 'field')).content;
  return client;
}

/** Somebody of the lobby dialect, who has signed in. */
export async function lobbyClient(house, user) {
  const client = new Frames(`ws://${house.at.lobby}/ws`);
  client.ask = (messageType, payload) => client.send({ messageType, payload: JSON.stringify(payload) });
  client.told = async (type, room) => {
    const frame = await client.until(({ Type, RoomID }) => Type === type && (room === undefined || RoomID === room));
    return JSON.parse(frame.Payload);
  };
  await client.told('CREATED');
  client.ask('LOBBY_USER_JOIN_REQUEST', { user });
  client.rooms = (await client.told('USER_LOBBY_DATA')).Rooms;
  return client;
}

/** Somebody of the chat dialect, connected. */
export async function chatClient(house, origin = 'http://localhost:3000') {
  const socket = io2(`http://${house.at.chat}`, { forceNew: true, extraHeaders: { origin } });
  const heard = new Heard(socket);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return heard;
}

/** Somebody who is told reminders by the events dialect. */
export async function reminded(house, token) {
  const socket = io4(`http://${house.at['events-live']}`, { forceNew: true, extraHeaders: { authorization: token } });
  const heard = new Heard(socket);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return heard;
}

/** Somebody of the native protocol, or a visitor, in a room. */
export async function native(house, room, token) {
  const client = new Frames(`${house.url.replace('http', 'ws')}/live`, { protocol: 'houseful.v1' });
  await client.opened;
  let reference = 0;
  client.frames = [];
  client.any = async (fits) => {
    for (;;) {
      const at = client.frames.findIndex(fits);
      if (at >= 0) return client.frames.splice(0, at + 1).at(-1);
      client.frames.push(...[await client.json()].flat());
    }
  };
  client.ask = async (frame) => {
    const ref = ++reference;
    client.send({ ...frame, ref });
    return client.any((answer) => answer.ref === ref);
  };
  await client.ask({ t: 'hello', ...(token ? { token } : {}) });
  client.joined = await client.ask({ t: 'join', room });
  client.command = (name, body) => client.ask({
    t: 'command', room, term: client.joined.term, id: crypto.randomUUID(), name, body,
  });
  return client;
}

/** A native access token. */
export async function signedIn(house, email, password) {
  const answer = await fetch(`${house.url}/api/v1/auth/sign-in`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }),
  });
  return (await answer.json()).accessToken;
}
