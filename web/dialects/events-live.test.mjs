// The reminders of the events dialect, told to the field's own Socket.IO clients: who is let in, what is said word for
// word, once for each start, kept for whoever is away. That nothing comes is shown by what comes after it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io as io3 } from 'sio3';
import { io as io4 } from 'socket.io-client';
import { client, futureDate, PASSWORD, rawSocket } from './events.mjs';
import { open } from './house.mjs';

let house;
let api;
let owner = 0;
before(async () => {
  house = await open();
  api = client(house);
});
after(() => house.close());

const url = () => `http://${house.at['events-live']}`;
const open_ = [];
test.afterEach(() => open_.splice(0).forEach((socket) => socket.close()));

/** A socket that keeps what it is told; `next` waits for one more than was asked for. */
function listen(io, token, options = {}) {
  const headers = token === undefined ? {} : { Authorization: token };
  // As a browser: the header is on polling requests alone.
  const socket = io(url(), { transportOptions: { polling: { extraHeaders: headers } }, forceNew: true, ...options });
  open_.push(socket);
  const told = [];
  const waiting = [];
  socket.on('eventNotification', (...said) => {
    told.push(said);
    waiting.shift()?.();
  });
  let asked = 0;
  socket.next = async () => {
    while (told.length <= asked) await new Promise((done) => waiting.push(done));
    const [text, ...more] = told[asked++];
    assert.deepEqual(more, []);
    return text;
  };
  socket.told = told;
  return socket;
}
const happens = (socket, name) => new Promise((done) => socket.once(name, done));

/** An event of somebody new that starts so many hours from now. */
async function eventIn(hours, over = {}) {
  const who = await api.person();
  const headline = `Evening ${++owner}`;
  const startDate = new Date(Math.floor(Date.now() / 1000) * 1000 + hours * 3_600_000).toISOString();
  const body = { headline, description: 'What it is', startDate, location: 'Milan', state: 'public', ...over };
  const [made] = (await api.post('/event', body, who.token)).body.data;
  const text = (start = body.startDate) => `${headline} - ${inUtc(start)} @${body.location}`;
  return { ...made, who, body, path: `/event/${made.id}`, text };
}
const inUtc = (start) => {
  const [weekday, day, month, year, time] = new Date(start).toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${year} ${time} GMT+0000 (Coordinated Universal Time)`;
};
const subscribe = async (event, who) => {
  const answer = await api.post(`${event.path}/subscribe`, undefined, who.token);
  assert.equal(answer.status, 200, answer.text);
};
const change = async (event, over) => {
  const answer = await api.put(event.path, { ...event.body, ...over }, event.who.token);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.data[0];
};
const notified = async (event) => (await api.get(event.path)).body.data[0].hasBeenNotified;

test('the handshake is the old one, of its own revision alone', async () => {
  const ask = (query, options) => fetch(`${url()}/socket.io/?${query}`, options);
  const answer = await ask('EIO=4&transport=polling');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  const text = await answer.text();
  assert.match(text, /^0\{"sid":"[^"]+","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000\}$/);
  const old = await ask('EIO=3&transport=polling');
  assert.equal(old.status, 400);
  assert.deepEqual(await old.json(), { code: 5, message: 'Unsupported protocol version' });
  const preflight = await ask('EIO=4&transport=polling', {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:4200', 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.equal(preflight.headers.get('access-control-allow-methods'), 'GET,POST');
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization');
  for (const path of ['/', '/nope', '/event']) assert.equal((await fetch(url() + path)).status, 404);
});

for (const [name, io] of [['3', io3], ['4', io4]]) {
  test(`a client of version ${name} is let in by its token, and told why if it is not`, async () => {
    const ann = await api.person();
    for (const token of [undefined, 'Bearer nonsense', 'nonsense', `${ann.token}x`]) {
      const socket = listen(io, token);
      const error = await happens(socket, 'connect_error');
      assert.equal(error.message, 'Unauthorized user error.');
      assert.equal(socket.connected, false);
      socket.close();
    }
    for (const token of [ann.token, ann.token.replace('Bearer ', '')]) {
      const socket = listen(io, token);
      await happens(socket, 'connect');
      if (socket.io.engine.transport.name !== 'websocket') await happens(socket.io.engine, 'upgrade');
      assert.equal(socket.io.engine.transport.name, 'websocket');
    }
    const event = await eventIn(3);
    const upgraded = open_.at(-1);
    const polling = listen(io, ann.token, { transports: ['polling'] });
    await happens(polling, 'connect');
    await subscribe(event, ann);
    assert.deepEqual([await polling.next(), await upgraded.next()], [event.text(), event.text()]);
  });
}

test('the words are the old ones, for those who subscribed, a day ahead and not before', async () => {
  const [ann, ben] = [await api.person(), await api.person()];
  const [far, near, last] = [await eventIn(24.5), await eventIn(23.9, { location: 'Town hall, “Milan”' }), await eventIn(1)];
  const [hers, his] = [listen(io4, ann.token), listen(io4, ben.token)];
  await Promise.all([happens(hers, 'connect'), happens(his, 'connect')]);
  assert.equal(await notified(near), false);
  await subscribe(far, ann);
  await subscribe(near, ann);
  assert.equal(await hers.next(), near.text());
  assert.match(near.text(), /^Evening \d+ - \w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0000 \(Coordinated Universal Time\) @Town hall, “Milan”$/);
  assert.deepEqual([await notified(near), await notified(far)], [true, false]);
  await subscribe(last, ben);
  assert.equal(await his.next(), last.text());
  await subscribe(last, ann);
  assert.equal(await hers.next(), last.text());
  assert.equal(hers.told.length, 2);
});

test('what is past, a draft or unsubscribed reminds nobody', async () => {
  const ann = await api.person();
  const [past, draft, gone, last] = [await eventIn(1), await eventIn(1), await eventIn(24.5), await eventIn(1)];
  const socket = listen(io4, ann.token);
  await happens(socket, 'connect');
  await change(past, { startDate: '2021-01-01' });
  await subscribe(past, ann);
  await api.delete(`${past.path}/subscribe`, ann.token);
  await change(draft, { startDate: futureDate(48) });
  await subscribe(draft, ann);
  await change(draft, { state: 'draft', startDate: futureDate(2) });
  await subscribe(gone, ann);
  await api.delete(`${gone.path}/subscribe`, ann.token);
  await change(gone, { startDate: futureDate(2) });
  await subscribe(last, ann);
  assert.equal(await socket.next(), last.text());
});

test('a start that is moved is told again, each once', async () => {
  const ann = await api.person();
  const event = await eventIn(2);
  await subscribe(event, ann);
  const socket = listen(io4, ann.token);
  assert.equal(await socket.next(), event.text());
  const startDate = new Date(new Date(event.body.startDate).getTime() + 3_600_000).toISOString();
  await change(event, { startDate });
  assert.equal(await socket.next(), event.text(startDate));
  await api.until(() => notified(event));
  const far = futureDate(48);
  assert.equal((await change(event, { startDate: far })).hasBeenNotified, false);
  await change(event, { startDate });
  // Of that start one was told: nothing more is due.
  const last = await eventIn(1);
  await subscribe(last, ann);
  assert.equal(await socket.next(), last.text());
  assert.equal(await notified(event), true);
});

test('what one was away for is told at the next connect, until the client was heard after it', async () => {
  const ann = await api.person();
  const [first, second, third] = [await eventIn(1), await eventIn(2), await eventIn(3)];
  await subscribe(first, ann);
  await api.until(() => notified(first));
  for (let nth = 0; nth < 2; nth++) {
    const socket = await rawSocket(house, ann.token);
    assert.deepEqual(await socket.notification(), first.text());
    // Without a word: it may not have been read.
    socket.die();
  }
  const socket = await rawSocket(house, ann.token);
  assert.equal(await socket.notification(), first.text());
  socket.send('3');
  await subscribe(second, ann);
  assert.equal(await socket.notification(), second.text());
  socket.die();
  // The first was heard, the second was not.
  const next = await rawSocket(house, ann.token);
  assert.equal(await next.notification(), second.text());
  next.send('41');
  await next.over();
  await subscribe(third, ann);
  await api.until(() => notified(third));
  const last = listen(io4, ann.token);
  assert.equal(await last.next(), third.text());
});

test('a token that counts no more ends the connection', async () => {
  const [ann, ben] = [await api.person(), await api.person()];
  const socket = listen(io4, ann.token);
  await happens(socket, 'connect');
  // A new password, set elsewhere: every other login ends.
  const elsewhere = await api.signIn(ann.email, PASSWORD);
  const over = happens(socket, 'disconnect');
  const { username, email } = ann;
  assert.equal((await api.put(`/user/${ann.id}`, { username, email, password: 'another long evening' }, elsewhere)).status, 200);
  assert.equal(await over, 'io server disconnect');
  const other = listen(io3, ben.token);
  await happens(other, 'connect');
  const gone = happens(other, 'disconnect');
  assert.equal((await api.delete(`/user/${ben.id}`, ben.token)).status, 200);
  assert.equal(await gone, 'io server disconnect');
});

test('a crash loses no reminder, and the client comes again by itself', async () => {
  const [ann, ben] = [await api.person(), await api.person()];
  const [first, second] = [await eventIn(1), await eventIn(2)];
  const socket = listen(io4, ann.token, { reconnectionDelay: 100, reconnectionDelayMax: 500 });
  await happens(socket, 'connect');
  await subscribe(first, ann);
  assert.equal(await socket.next(), first.text());
  await subscribe(second, ben);
  await api.until(() => notified(second));
  const gone = happens(socket, 'disconnect');
  const again = happens(socket.io, 'reconnect');
  await house.kill();
  assert.match(await gone, /^transport/);
  await house.start();
  await again;
  const his = listen(io4, ben.token);
  assert.equal(await his.next(), second.text());
  assert.equal((await api.get(first.path)).body.data[0].headline, first.body.headline);
  await subscribe(second, ann);
  let text = await socket.next();
  // It may not have been heard of the first before it died.
  if (text === first.text()) text = await socket.next();
  assert.equal(text, second.text());
});
