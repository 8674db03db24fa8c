// The booking dialect's WebSockets, row by row: what is said, what is answered, what is pushed and to whom, and when.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask as askAt, signIn, watch as watchAt } from './booking.mjs';
import { open } from './house.mjs';

const DAY = 86_400_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let house;
let admin;
let john;
let jane;
const ask = (method, path, more) => askAt(house.at.booking, method, path, more);
const watch = (path, token, more) => watchAt(house.at.booking, path, token, more);

before(async () => {
  house = await open();
  const at = house.at.booking;
  [admin, john, jane] = await Promise.all(
    ['admin', 'john', 'jane'].map((name) => signIn(at, `${name}@example.com`)),
  );
});
after(() => house?.close());

async function made(seatCapacity = 5) {
  const json = { name: 'Watched', eventDate: new Date(Date.now() + DAY).toISOString(), seatCapacity };
  return (await ask('POST', '/api/events', { token: admin, json })).body.data;
}

const book = async (token, eventId) => (await ask('POST', '/api/bookings', { token, json: { eventId } })).body.data;

/** A message without its moment, which it must have. */
function bare({ timestamp, ...message }) {
  assert.match(timestamp, ISO);
  return message;
}

/** Asks the native interface as the admin. */
async function native(method, path, json, token) {
  const at = new URL(house.url).host;
  const bearer = token ?? (await askAt(at, 'POST', '/api/v1/auth/sign-in', {
    json: { email: 'admin@example.com', password: 'password123' },
  })).body.accessToken;
  const answer = await askAt(at, method, `/api/v1${path}`, { token: bearer, json });
  assert.ok(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const command = (path, name, body, token) =>
  native('POST', `/rooms/${encodeURIComponent(path)}/commands/${name}`, { body }, token);

test('who has no token, or a bad one, is told so and let go', async () => {
  for (const path of ['/ws', '/ws/events/1']) {
    assert.deepEqual(await watch(path).closed, { code: 1008, reason: 'Authentication token required' });
    const bad = await watch(path, 'x.y.z').closed;
    assert.deepEqual(bad, { code: 1008, reason: 'Invalid authentication token' });
  }
});

test('who has one is greeted, with an event if the path has it', async () => {
  const plain = watch('/ws', john);
  const hello = bare(await plain.next());
  assert.deepEqual(Object.keys(hello), ['clientId', 'type'].sort());
  assert.equal(hello.type, 'connection_established');
  assert.match(hello.clientId, /^ws_\d{13}_[0-9a-z]{7}$/);
  const { id } = await made();
  const one = watch(`/ws/events/${id}`, john);
  assert.equal(bare(await one.next()).eventId, id);
  const none = watch('/ws/events/x', john);
  assert.equal(bare(await none.next()).eventId, null);
  await Promise.all([plain, one, none].map((client) => client.end()));
});

test('what is said before the token was looked at is answered after it', async () => {
  const client = watch('/ws', john, { early: ['{"type":"ping"}', '{"type":"get_stats"}'] });
  assert.deepEqual([(await client.next()).type, (await client.next()).type, (await client.next()).type], [
    'connection_established', 'pong', 'stats',
  ]);
  await client.end();
});

test('every message has its answer', async () => {
  const { id } = await made();
  const client = watch('/ws', john);
  await client.next();
  const says = async (message) => {
    client.say(message);
    return bare(await client.next());
  };
  assert.deepEqual(await says({ type: 'ping' }), { type: 'pong' });
  assert.deepEqual(await says({ type: 'subscribe_event', eventId: id }), { type: 'subscribed', eventId: id });
  assert.deepEqual(await says({ type: 'subscribe_event', eventId: id }), { type: 'subscribed', eventId: id });
  const stats = await says({ type: 'get_stats' });
  assert.deepEqual(stats, { type: 'stats', data: { totalClients: 1, eventSubscriptions: 1 } });
  assert.deepEqual(await says({ type: 'unsubscribe_event', eventId: id }), { type: 'unsubscribed', eventId: id });
  assert.deepEqual(await says({ type: 'unsubscribe_event', eventId: 999 }), { type: 'unsubscribed', eventId: 999 });
  assert.deepEqual((await says({ type: 'get_stats' })).data, { totalClients: 1, eventSubscriptions: 0 });
  const unknown = { type: 'error', message: 'Unknown message type' };
  for (const odd of [{ type: 'dance' }, {}, '[]', '5', '"x"']) assert.deepEqual(await says(odd), unknown);
  const unread = { type: 'error', message: 'Invalid message format' };
  for (const odd of ['nonsense', 'null', '{"type":']) assert.deepEqual(await says(odd), unread);
  // 2-12.
  const number = { type: 'error', message: 'Event ID must be a positive integer' };
  for (const eventId of [undefined, '1', 0, -1, 1.5, null]) {
    assert.deepEqual(await says({ type: 'subscribe_event', eventId }), number);
    assert.deepEqual(await says({ type: 'unsubscribe_event', eventId }), number);
  }
  // 2-11.
  assert.deepEqual(await says({ type: 'subscribe_event', eventId: 999999 }), { type: 'error', message: 'Event not found' });
  await client.end();
});

test('a socket of one event has no statistics', async () => {
  const { id } = await made();
  const client = watch(`/ws/events/${id}`, john);
  await client.next();
  client.say({ type: 'get_stats' });
  assert.deepEqual(bare(await client.next()), { type: 'error', message: 'Unknown message type' });
  await client.end();
  const missing = watch('/ws/events/999999', john);
  assert.equal(bare(await missing.next()).eventId, 999999);
  assert.deepEqual(bare(await missing.next()), { type: 'error', message: 'Event not found' });
  await missing.end();
});

test('who watches is told of bookings, cancellations and capacity, and of nothing else', async () => {
  const { id } = await made(5);
  const client = watch(`/ws/events/${id}`, john);
  await client.next();
  const { bookingId } = await book(jane, id);
  assert.deepEqual(bare(await client.next()), { type: 'booking_created', eventId: id, availableSeats: 4 });
  await ask('DELETE', `/api/bookings/${bookingId}`, { token: jane });
  assert.deepEqual(bare(await client.next()), { type: 'booking_cancelled', eventId: id, availableSeats: 5 });
  await ask('PUT', `/api/events/${id}`, { token: admin, json: { seatCapacity: 9 } });
  assert.deepEqual(bare(await client.next()), {
    type: 'seat_update', eventId: id, availableSeats: 9, seatCapacity: 9,
  });
  await ask('PUT', `/api/events/${id}`, { token: admin, json: { name: 'Renamed', seatCapacity: 9 } });
  assert.deepEqual(await client.settled(), []);
  await ask('DELETE', `/api/events/${id}`, { token: admin });
  assert.deepEqual(await client.settled(), []);
  await client.end();
});

test('2-1 and 2-2: many events for one socket, and none after it left them', async () => {
  const [first, second] = [(await made()).id, (await made()).id];
  const client = watch('/ws', john);
  await client.next();
  for (const eventId of [first, second]) client.say({ type: 'subscribe_event', eventId });
  assert.deepEqual((await client.settled()).map((message) => message.type), ['subscribed', 'subscribed']);
  await book(jane, first);
  await book(jane, second);
  const pushed = await client.settled();
  assert.deepEqual(pushed.map((message) => message.eventId), [first, second]);
  client.say({ type: 'unsubscribe_event', eventId: second });
  await client.next();
  await book(john, second);
  await book(john, first);
  assert.deepEqual((await client.settled()).map((message) => message.eventId), [first]);
  await client.end();
  const other = watch('/ws', jane);
  await other.next();
  for (;;) {
    other.say({ type: 'get_stats' });
    const { data } = await other.next();
    // The server hears of the end of a connection when it reads it.
    if (data.totalClients === 1) {
      assert.equal(data.eventSubscriptions, 0);
      break;
    }
  }
  await other.end();
});

test('those who watch are told before the one who books is answered', async () => {
  const { id } = await made(100);
  const log = [];
  const clients = [watch(`/ws/events/${id}`, john, { log }), watch(`/ws/events/${id}`, jane, { log })];
  for (const client of clients) await client.settled();
  // A person starts twenty carts at once, and each of these is one.
  for (let nth = 0; nth < 15; nth += 1) {
    log.length = 0;
    const booked = await book(john, id);
    log.push('booked');
    assert.deepEqual(log, ['booking_created', 'booking_created', 'booked']);
    log.length = 0;
    await ask('DELETE', `/api/bookings/${booked.bookingId}`, { token: john });
    log.push('cancelled');
    assert.deepEqual(log, ['booking_cancelled', 'booking_cancelled', 'cancelled']);
  }
  await Promise.all(clients.map((client) => client.end()));
});

test('what is bought natively is told here too, and what is held is not', async () => {
  const { id } = await made(5);
  const room = `events/${id}/seats`;
  const client = watch(`/ws/events/${id}`, john);
  await client.next();
  await command(room, 'hold', { areas: [[0, 1]] });
  assert.deepEqual(await client.settled(), []);
  const { body } = await command(room, 'book', { payment: 'free' });
  assert.deepEqual(bare(await client.next()), { type: 'booking_created', eventId: id, availableSeats: 4 });
  await command(room, 'cancel', { order: body.order });
  assert.deepEqual(bare(await client.next()), { type: 'booking_cancelled', eventId: id, availableSeats: 5 });
  await client.end();
});

test('an event with a seat map sells its first seat', async () => {
  const { events } = (await ask('GET', '/api/events?limit=100')).body.data;
  const native4 = await native('GET', '/events/4');
  const shown = events.find((event) => event.id === 4);
  assert.deepEqual([shown.name, shown.seatCapacity], [native4.title, native4.capacity]);
  const client = watch('/ws/events/4', john);
  await client.next();
  const { event } = await book(john, 4);
  assert.equal(event.availableSeats, shown.availableSeats - 1);
  const pushed = bare(await client.next());
  assert.deepEqual(pushed, { type: 'booking_created', eventId: 4, availableSeats: event.availableSeats });
  await client.end();
});

test('2-11: a private event is for those who are invited, for as long as they are', async () => {
  const { id } = await native('POST', '/events', {
    title: 'Private', startsAt: new Date(Date.now() + DAY).toISOString().replace(/\.\d+Z/, 'Z'), timeZone: 'UTC',
    currency: 'EUR', capacity: 5, visibility: 'private',
  });
  await native('POST', `/events/${id}/publish`);
  const { body } = await ask('GET', '/api/auth/me', { token: john });
  await command(`events/${id}/seats`, 'invite', { accounts: [body.data.user.id] });
  const stranger = watch(`/ws/events/${id}`, jane);
  await stranger.next();
  assert.deepEqual(bare(await stranger.next()), { type: 'error', message: 'Event not found' });
  assert.equal((await ask('GET', `/api/events/${id}`, { token: jane })).status, 404);
  assert.equal((await ask('GET', `/api/events/${id}`)).status, 404);
  assert.equal((await ask('GET', `/api/events/${id}`, { token: john })).status, 200);
  const refused = await ask('POST', '/api/bookings', { token: jane, json: { eventId: id } });
  assert.deepEqual([refused.status, refused.body.error.message], [404, 'Event not found']);
  const guest = watch(`/ws/events/${id}`, john);
  await guest.settled();
  await book(admin, id);
  assert.equal((await guest.next()).type, 'booking_created');
  await command(`events/${id}/seats`, 'uninvite', { accounts: [body.data.user.id] });
  assert.deepEqual(bare(await guest.next()), { type: 'unsubscribed', eventId: id });
  assert.deepEqual(await stranger.settled(), []);
  await Promise.all([stranger.end(), guest.end()]);
});

test('after a crash a client that comes back finds all that was booked', async () => {
  const { id } = await made(5);
  const client = watch(`/ws/events/${id}`, john);
  await client.next();
  const { bookingId } = await book(jane, id);
  await client.next();
  await house.kill();
  assert.equal((await client.closed).code, 1006);
  await house.start();
  const again = watch(`/ws/events/${id}`, john);
  assert.equal((await again.next()).type, 'connection_established');
  const { body } = await ask('GET', `/api/bookings/${bookingId}`, { token: jane });
  assert.deepEqual([body.data.status, body.data.event.availableSeats], ['confirmed', 4]);
  await ask('DELETE', `/api/bookings/${bookingId}`, { token: jane });
  assert.deepEqual(bare(await again.next()), { type: 'booking_cancelled', eventId: id, availableSeats: 5 });
  await again.end();
});

test('2-22: so many requests a minute, so many sockets for each', async () => {
  const small = await open({
    words: [],
    settings: {
      HOUSEFUL_DIALECTS__BOOKING__REQUESTS_PER_MINUTE: '5', HOUSEFUL_DIALECTS__BOOKING__SOCKETS_PER_PERSON: '2',
      HOUSEFUL_DIALECTS__BOOKING__ORIGINS: '["http://localhost:8080"]',
    },
  });
  try {
    const at = small.at.booking;
    const json = { email: 'una@example.com', name: 'Una', password: 'correct horse' };
    const { token } = (await askAt(at, 'POST', '/api/auth/register', { json })).body.data;
    const clients = [watchAt(at, '/ws', token), watchAt(at, '/ws', token)];
    for (const client of clients) await client.next();
    const third = await watchAt(at, '/ws', token).closed;
    assert.deepEqual(third, { code: 1008, reason: 'Too many connections' });
    await clients[0].end();
    for (;;) {
      const again = watchAt(at, '/ws', token);
      const first = await Promise.race([again.next(), again.closed]).catch(() => ({}));
      if (first.type === 'connection_established') {
        await again.end();
        break;
      }
    }
    const origin = 'http://localhost:8080';
    for (let nth = 0; nth < 4; nth += 1) assert.equal((await askAt(at, 'GET', '/api/events')).status, 200);
    const much = await askAt(at, 'GET', '/api/events', { headers: { origin } });
    assert.deepEqual([much.status, much.body.error.code], [429, 'RATE_LIMIT_EXCEEDED']);
    assert.equal(much.headers.get('access-control-allow-origin'), origin);
    assert.ok(Number(much.headers.get('retry-after')) >= 1);
    assert.equal((await askAt(at, 'OPTIONS', '/api/events', { headers: { origin } })).status, 204);
    await clients[1].end();
  } finally {
    await small.close();
  }
});
