// The booking dialect's REST interface, row by row: what is asked, what is answered, what every error says.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask as askAt, formOf, PASSWORD, signIn } from './booking.mjs';
import { open } from './house.mjs';

const DAY = 86_400_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64',
);

let house;
let admin;
let john;
let jane;
const ask = (method, path, more) => askAt(house.at.booking, method, path, more);

before(async () => {
  house = await open();
  const at = house.at.booking;
  [admin, john, jane] = await Promise.all(
    ['admin', 'john', 'jane'].map((name) => signIn(at, `${name}@example.com`)),
  );
});
after(() => house?.close());

/** That an answer is this failure: the same keys wherever it comes from (2-4). */
function fails(answer, status, code, message) {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.body.success, false);
  assert.equal(answer.body.error.code, code);
  if (message) assert.equal(answer.body.error.message, message);
  assert.match(answer.body.error.timestamp, ISO);
}

/** That it is the validator's: a sentence for people, and what is wrong with which field. */
function invalid(answer, ...fields) {
  fails(answer, 400, 'VALIDATION_ERROR');
  const { name, message, issues } = answer.body.error;
  assert.equal(name, 'ZodError');
  assert.ok(!message.includes('[') && message.length > 5, message);
  assert.deepEqual(issues.map((issue) => issue.path[0]), fields);
  assert.ok(issues.every((issue) => issue.code && issue.message));
}

const facts = (more) => ({
  name: 'An evening', description: 'With songs', eventDate: new Date(Date.now() + DAY).toISOString(), seatCapacity: 3, ...more,
});

async function made(more) {
  const { status, body } = await ask('POST', '/api/events', { token: admin, json: facts(more) });
  assert.equal(status, 201, JSON.stringify(body));
  return body.data;
}

const book = (token, eventId) => ask('POST', '/api/bookings', { token, json: { eventId } });

/** Waits until the clock has passed a moment. */
async function passed(moment) {
  while (Date.now() <= new Date(moment).getTime()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('the root says OK, and what is unknown 404 as text', async () => {
  const root = await ask('GET', '/');
  assert.deepEqual([root.status, root.body], [200, 'OK']);
  for (const [method, path] of [['GET', '/nothing'], ['GET', '/ws'], ['GET', '/ws/events/1'], ['PATCH', '/api/events']]) {
    const answer = await ask(method, path);
    assert.deepEqual([answer.status, answer.body], [404, '404 Not Found'], path);
  }
});

test('register: an account and its token, never an admin', async () => {
  const json = { email: 'Rita@example.com', name: 'Rita', password: 'correct horse', role: 'admin' };
  const made = await ask('POST', '/api/auth/register', { json });
  assert.equal(made.status, 201);
  const { user, token } = made.body.data;
  assert.deepEqual({ ...user, id: 0 }, { id: 0, email: 'rita@example.com', name: 'Rita', role: 'user' });
  const me = await ask('GET', '/api/auth/me', { token });
  assert.deepEqual(me.body, { success: true, data: { user } });
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  assert.deepEqual([claims.id, claims.email, claims.name, claims.role], [user.id, user.email, 'Rita', 'user']);
  assert.equal(claims.exp - claims.iat, 24 * 60 * 60);
  const again = await ask('POST', '/api/auth/register', { json });
  fails(again, 400, 'REGISTRATION_FAILED', 'User with this email already exists');
});

test('register: what is wrong is told in words', async () => {
  const good = { email: 'sam@example.com', name: 'Sam', password: 'correct horse' };
  for (const [wrong, field, message] of [
    [{ email: 'sam' }, 'email', 'Invalid email address'],
    [{ name: 'S' }, 'name', 'Name must be at least 2 characters'],
    [{ name: 'S'.repeat(81) }, 'name', 'Name must be at most 80 characters'],
    [{ password: 'seven77' }, 'password', 'Password must be at least 8 characters'],
    [{ password: 'password1' }, 'password', 'This password is too common'],
    [{ role: 'king' }, 'role', 'Role must be user or admin'],
  ]) {
    const answer = await ask('POST', '/api/auth/register', { json: { ...good, ...wrong } });
    fails(answer, 400, 'REGISTRATION_FAILED', message);
    assert.deepEqual(answer.body.error.issues.map((issue) => issue.path), [[field]]);
  }
  const headers = { 'content-type': 'application/json' };
  const broken = await ask('POST', '/api/auth/register', { body: '{"email"', headers });
  fails(broken, 400, 'REGISTRATION_FAILED', 'Malformed JSON in request body');
});

test('login: every failure is a 401', async () => {
  const good = await ask('POST', '/api/auth/login', { json: { email: 'john@example.com', password: PASSWORD } });
  assert.equal(good.status, 200);
  assert.deepEqual(Object.keys(good.body.data).sort(), ['token', 'user']);
  assert.equal(good.body.data.user.name, 'John Doe');
  for (const json of [
    { email: 'john@example.com', password: 'wrong' }, { email: 'nobody@example.com', password: PASSWORD }, { email: 'john' }, {},
  ]) {
    fails(await ask('POST', '/api/auth/login', { json }), 401, 'LOGIN_FAILED', 'Invalid email or password');
  }
  const broken = await ask('POST', '/api/auth/login', { body: 'nonsense' });
  fails(broken, 401, 'LOGIN_FAILED', 'Invalid email or password');
});

test('me: with or without Bearer, and why not', async () => {
  const bare = await ask('GET', '/api/auth/me', { headers: { authorization: john } });
  assert.equal(bare.body.data.user.email, 'john@example.com');
  fails(await ask('GET', '/api/auth/me'), 401, 'UNAUTHORIZED', 'Missing or invalid authorization header');
  const odd = await ask('GET', '/api/auth/me', { headers: { authorization: 'Basic x' } });
  fails(odd, 401, 'UNAUTHORIZED', 'Missing or invalid authorization header');
  fails(await ask('GET', '/api/auth/me', { token: 'x.y.z' }), 401, 'UNAUTHORIZED', 'Invalid or expired token');
});

test('2-6: an account that is disabled, and a login that ended, are out at once', async () => {
  const at = house.at.booking;
  const json = { email: 'tom@example.com', name: 'Tom', password: 'correct horse' };
  const { body } = await ask('POST', '/api/auth/register', { json });
  const { token, user } = body.data;
  const native = await askAt(new URL(house.url).host, 'POST', '/api/v1/auth/sign-in', {
    json: { email: 'admin@example.com', password: PASSWORD },
  });
  const done = await askAt(new URL(house.url).host, 'PATCH', `/api/v1/accounts/${user.id}`, {
    token: native.body.accessToken, json: { disabled: true },
  });
  assert.equal(done.status, 200, JSON.stringify(done.body));
  fails(await askAt(at, 'GET', '/api/auth/me', { token }), 401, 'UNAUTHORIZED', 'Invalid or expired token');
});

test('events: the soonest first, by pages, with a count', async () => {
  const all = (await ask('GET', '/api/events')).body.data;
  assert.ok(all.total >= 6 && all.events.length === all.total && all.hasMore === false);
  const dates = all.events.map((event) => event.eventDate);
  assert.deepEqual(dates, [...dates].sort());
  const [event] = all.events.filter((one) => one.name === 'Jazz in the Park');
  assert.deepEqual(Object.keys(event).sort(), [
    'availableSeats', 'createdAt', 'createdBy', 'creator', 'description', 'eventDate', 'id', 'imageUrl', 'name',
    'seatCapacity', 'updatedAt',
  ]);
  assert.deepEqual([event.seatCapacity, event.availableSeats, event.imageUrl], [50, 50, null]);
  for (const at of ['eventDate', 'createdAt', 'updatedAt']) assert.match(event[at], ISO);
  assert.ok(Math.abs(new Date(event.createdAt) - Date.now()) < DAY);
  const { creator } = event;
  assert.deepEqual([creator.id, creator.email], [event.createdBy, 'admin@example.com']);
  const page = (await ask('GET', '/api/events?limit=2&offset=1&upcoming=true')).body.data;
  assert.deepEqual(page.events.map((one) => one.id), all.events.slice(1, 3).map((one) => one.id));
  assert.deepEqual([page.hasMore, page.total], [true, all.total]);
  invalid(await ask('GET', '/api/events?limit=0&offset=-1'), 'limit', 'offset');
  invalid(await ask('GET', '/api/events?limit=101'), 'limit');
});

test('an event, or why there is none', async () => {
  const event = await made();
  assert.deepEqual((await ask('GET', `/api/events/${event.id}`)).body, { success: true, data: event });
  fails(await ask('GET', '/api/events/999999'), 404, 'NOT_FOUND', 'Event not found');
  for (const id of ['x', '0', '-1', '1.5']) {
    const answer = await ask('GET', `/api/events/${id}`);
    invalid(answer, 'id');
    assert.equal(answer.body.error.message, 'Event ID must be a positive integer');
  }
});

test('creating: admins alone, by form or JSON, with all that is wrong at once', async () => {
  fails(await ask('POST', '/api/events', { json: facts() }), 401, 'UNAUTHORIZED');
  const denied = await ask('POST', '/api/events', { token: john, json: facts() });
  fails(denied, 403, 'FORBIDDEN', 'Admin access required');
  const form = formOf(facts({ name: '  Trimmed ', description: '' }), { bytes: PNG, type: 'image/png' });
  const { status, body } = await ask('POST', '/api/events', { token: admin, form });
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual([body.data.name, body.data.description, body.data.seatCapacity], ['Trimmed', null, 3]);
  const picture = await fetch(body.data.imageUrl);
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg']);
  const bytes = Buffer.from(await picture.arrayBuffer());
  assert.equal(bytes.subarray(0, 2).toString('hex'), 'ffd8', 'it was made anew');
  invalid(await ask('POST', '/api/events', { token: admin, json: {} }), 'name', 'eventDate', 'seatCapacity');
  const wrong = {
    name: '', description: 'x'.repeat(1001), eventDate: '2001-01-01', seatCapacity: '12.7abc',
  };
  const answer = await ask('POST', '/api/events', { token: admin, form: formOf(wrong) });
  invalid(answer, 'name', 'description', 'eventDate', 'seatCapacity');
  for (const seatCapacity of [0, 10_001, 1.5]) {
    invalid(await ask('POST', '/api/events', { token: admin, json: facts({ seatCapacity }) }), 'seatCapacity');
  }
  assert.equal((await made({ name: 'x'.repeat(255), seatCapacity: 10_000 })).seatCapacity, 10_000);
  assert.equal((await made({ eventDate: 'Jan 31, 2037 19:30' })).eventDate, '2037-01-31T19:30:00.000Z');
  const headers = { 'content-type': 'application/json' };
  const broken = await ask('POST', '/api/events', { token: admin, body: '{', headers });
  fails(broken, 400, 'VALIDATION_ERROR', 'Malformed JSON in request body');
});

test('2-14: pictures are told by what they are', async () => {
  const send = (bytes, type) => ask('POST', '/api/events', { token: admin, form: formOf(facts(), { bytes, type }) });
  fails(await send(PNG, 'text/plain'), 400, 'INVALID_FILE_TYPE', 'Only image files are allowed');
  fails(await send(Buffer.from('<svg/>'), 'image/png'), 400, 'INVALID_FILE_TYPE', 'Only image files are allowed');
  const large = Buffer.alloc(5 * 1024 * 1024 + 1);
  fails(await send(large, 'image/png'), 400, 'FILE_TOO_LARGE', 'File size cannot exceed 5MB');
  fails(await send(PNG.subarray(0, 40), 'image/png'), 400, 'IMAGE_UPLOAD_FAILED');
});

test('changing: what is given, by those who run it', async () => {
  const event = await made();
  const put = (token, json, id = event.id) => ask('PUT', `/api/events/${id}`, { token, json });
  fails(await put(undefined, {}), 401, 'UNAUTHORIZED');
  fails(await put(john, { name: 'Mine' }), 403, 'FORBIDDEN', "You don't have permission to update this event");
  fails(await put(admin, {}, 999999), 404, 'NOT_FOUND', 'Event not found');
  invalid(await put(admin, { seatCapacity: 'x' }), 'seatCapacity');
  const changed = await put(admin, { name: 'Another', description: '', seatCapacity: 5 });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  const { name, description, seatCapacity, availableSeats, eventDate } = changed.body.data;
  assert.deepEqual([name, description, seatCapacity, availableSeats], ['Another', null, 5, 5]);
  assert.equal(eventDate, event.eventDate);
  const form = formOf({ eventDate: new Date(Date.now() + 2 * DAY).toISOString() }, { bytes: PNG, type: 'image/png' });
  const pictured = await ask('PUT', `/api/events/${event.id}`, { token: admin, form });
  assert.match(pictured.body.data.imageUrl, /^http:\/\/.*\/api\/events\/\d+\/pictures\/[0-9a-f]+$/);
  assert.equal(pictured.body.data.name, 'Another');
  await book(john, event.id);
  await book(jane, event.id);
  const small = await put(admin, { seatCapacity: 1 });
  fails(small, 400, 'VALIDATION_ERROR', 'Cannot reduce capacity below 2 (number of seats already booked)');
  assert.equal((await put(admin, { seatCapacity: 2 })).body.data.availableSeats, 0);
});

test('deleting: not while something is booked', async () => {
  const event = await made();
  const remove = (token, id = event.id) => ask('DELETE', `/api/events/${id}`, { token });
  fails(await remove(undefined), 401, 'UNAUTHORIZED');
  fails(await remove(john), 403, 'FORBIDDEN', "You don't have permission to delete this event");
  fails(await remove(admin, 999999), 404, 'NOT_FOUND', 'Event not found');
  const { bookingId } = (await book(john, event.id)).body.data;
  fails(await remove(admin), 409, 'CONFLICT', 'Cannot delete events with existing bookings');
  await ask('DELETE', `/api/bookings/${bookingId}`, { token: john });
  assert.deepEqual((await remove(admin)).body, { success: true, message: 'Event deleted successfully' });
  fails(await ask('GET', `/api/events/${event.id}`), 404, 'NOT_FOUND', 'Event not found');
  fails(await remove(admin), 404, 'NOT_FOUND', 'Event not found');
  fails(await book(jane, event.id), 404, 'NOT_FOUND', 'Event not found');
  const listed = (await ask('GET', '/api/events?limit=100')).body.data.events;
  assert.ok(listed.every((one) => one.id !== event.id));
  // 2-18: what was booked is kept.
  const { body } = await ask('GET', `/api/bookings/${bookingId}`, { token: john });
  assert.deepEqual([body.data.status, body.data.event.name], ['cancelled', event.name]);
});

test('booking: one place for each, and who may not', async () => {
  const event = await made({ seatCapacity: 1 });
  const booked = await book(john, event.id);
  assert.equal(booked.status, 201, JSON.stringify(booked.body));
  const { data } = booked.body;
  assert.deepEqual(Object.keys(data).sort(), ['bookingId', 'createdAt', 'event', 'eventId', 'status']);
  assert.match(data.bookingId, /^BK-[0-9A-Z]+-[0-9A-Z]{6}$/);
  assert.deepEqual([data.eventId, data.status], [event.id, 'confirmed']);
  assert.match(data.createdAt, ISO);
  assert.deepEqual(data.event, {
    id: event.id, name: event.name, eventDate: event.eventDate, seatCapacity: 1, availableSeats: 0,
  });
  fails(await book(john, event.id), 409, 'BOOKING_CONFLICT', 'You already have a booking for this event');
  fails(await book(jane, event.id), 409, 'BOOKING_CONFLICT', 'No seats available for this event');
  fails(await book(john, 999999), 404, 'NOT_FOUND', 'Event not found');
  fails(await book(undefined, event.id), 401, 'UNAUTHORIZED');
  for (const eventId of ['1', 0, -1, 1.5, null]) invalid(await book(john, eventId), 'eventId');
  const headers = { 'content-type': 'application/json' };
  const broken = await ask('POST', '/api/bookings', { token: john, body: '{', headers });
  fails(broken, 400, 'VALIDATION_ERROR', 'Malformed JSON in request body');
});

test('2-3: of many who want the last seat one has it, and the others are told the same', async () => {
  const event = await made({ seatCapacity: 1 });
  const answers = await Promise.all([john, jane, admin].map((token) => book(token, event.id)));
  const failed = answers.filter((answer) => answer.status !== 201);
  assert.equal(failed.length, 2);
  for (const answer of failed) fails(answer, 409, 'BOOKING_CONFLICT', 'No seats available for this event');
});

test('a booking is shown to whose it is, and to admins with their name', async () => {
  const event = await made();
  const { bookingId } = (await book(john, event.id)).body.data;
  const get = (token, id = bookingId) => ask('GET', `/api/bookings/${id}`, { token });
  const own = (await get(john)).body.data;
  assert.deepEqual(Object.keys(own).sort(), ['bookingId', 'cancelledAt', 'createdAt', 'event', 'eventId', 'status']);
  assert.deepEqual([own.bookingId, own.status, own.cancelledAt, own.event.availableSeats], [bookingId, 'confirmed', null, 2]);
  assert.deepEqual((await get(admin)).body.data.user.email, 'john@example.com');
  assert.equal((await get(john, bookingId.toLowerCase())).status, 200);
  fails(await get(jane), 403, 'FORBIDDEN', "You don't have permission to view this booking");
  fails(await get(undefined), 401, 'UNAUTHORIZED');
  for (const id of ['BK-NONE', 'BK-AAAAAAAA-000001', 'x']) {
    fails(await get(john, id), 404, 'NOT_FOUND', 'Booking not found');
  }
  invalid(await get(john, 'x'.repeat(51)), 'id');
});

test('a booking is cancelled once, by whose it is or an admin', async () => {
  const event = await made();
  const { bookingId } = (await book(john, event.id)).body.data;
  const cancel = (token, id = bookingId) => ask('DELETE', `/api/bookings/${id}`, { token });
  fails(await cancel(jane), 403, 'FORBIDDEN', "You don't have permission to cancel this booking");
  fails(await cancel(john, 'BK-NONE'), 404, 'NOT_FOUND', 'Booking not found');
  fails(await cancel(undefined), 401, 'UNAUTHORIZED');
  assert.deepEqual((await cancel(john)).body, { success: true, message: 'Booking cancelled successfully' });
  fails(await cancel(john), 409, 'BOOKING_CONFLICT', 'Booking is already cancelled');
  const { data } = (await ask('GET', `/api/bookings/${bookingId}`, { token: john })).body;
  assert.equal(data.status, 'cancelled');
  assert.match(data.cancelledAt, ISO);
  const second = (await book(john, event.id)).body.data;
  assert.notEqual(second.bookingId, bookingId, 'who has cancelled may book again');
  assert.equal((await cancel(admin, second.bookingId)).status, 200);
});

test('what has begun is neither booked, nor cancelled, nor changed', async () => {
  const event = await made({ eventDate: new Date(Date.now() + 3_000).toISOString() });
  const { bookingId } = (await book(john, event.id)).body.data;
  await passed(event.eventDate);
  fails(await book(jane, event.id), 409, 'BOOKING_CONFLICT', 'Cannot book past events');
  const cancelled = await ask('DELETE', `/api/bookings/${bookingId}`, { token: john });
  fails(cancelled, 409, 'BOOKING_CONFLICT', 'Cannot cancel bookings for past events');
  const changed = await ask('PUT', `/api/events/${event.id}`, { token: admin, json: { name: 'Late' } });
  fails(changed, 403, 'FORBIDDEN', 'Cannot update events that have already occurred');
  const upcoming = (await ask('GET', '/api/events?limit=100&upcoming=true')).body.data.events;
  assert.ok(upcoming.every((one) => one.id !== event.id));
  const all = (await ask('GET', '/api/events?limit=100')).body.data.events;
  assert.ok(all.some((one) => one.id === event.id));
});

test('lists of bookings: one’s own, and an event’s for those who run it', async () => {
  const json = { email: 'uma@example.com', name: 'Uma', password: 'correct horse' };
  const { token, user } = (await ask('POST', '/api/auth/register', { json })).body.data;
  const [first, second] = [await made({ name: 'First' }), await made({ name: 'Second' })];
  const gone = (await book(token, first.id)).body.data;
  await ask('DELETE', `/api/bookings/${gone.bookingId}`, { token });
  const kept = (await book(token, second.id)).body.data;
  const { data } = (await ask('GET', '/api/bookings/user/me', { token })).body;
  assert.deepEqual([data.total, data.bookings.map((one) => one.status).sort()], [2, ['cancelled', 'confirmed']]);
  const shown = data.bookings.find((one) => one.bookingId === kept.bookingId);
  assert.deepEqual(Object.keys(shown).sort(), [
    'bookingId', 'cancelledAt', 'createdAt', 'event', 'eventId', 'id', 'status', 'userId',
  ]);
  assert.deepEqual([shown.userId, shown.event.name, Number.isSafeInteger(shown.id)], [user.id, 'Second', true]);
  fails(await ask('GET', '/api/bookings/user/me'), 401, 'UNAUTHORIZED');
  const of = (who, id) => ask('GET', `/api/bookings/admin/events/${id}`, { token: who });
  const list = (await of(admin, second.id)).body.data;
  assert.deepEqual([list.eventId, list.total, list.bookings[0].user], [second.id, 1, { id: user.id, name: 'Uma', email: 'uma@example.com' }]);
  assert.deepEqual((await of(admin, 999999)).body.data, { eventId: 999999, bookings: [], total: 0 });
  fails(await of(john, second.id), 403, 'FORBIDDEN', "You don't have permission to view these bookings");
  fails(await of(john, 999999), 403, 'FORBIDDEN', "You don't have permission to view these bookings");
  invalid(await of(admin, 'x'), 'id');
});

test('CORS: pages that are known, and nobody else', async () => {
  const origin = 'http://localhost:8080';
  const asks = {
    origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,content-type',
  };
  const free = await ask('OPTIONS', '/api/events', { headers: asks });
  assert.equal(free.status, 204);
  assert.equal(free.headers.get('access-control-allow-origin'), origin);
  assert.equal(free.headers.get('access-control-allow-methods'), 'GET,POST,PUT,DELETE,OPTIONS');
  assert.equal(free.headers.get('access-control-allow-headers'), 'authorization,content-type');
  assert.equal(free.headers.get('vary'), 'Origin, Access-Control-Request-Headers');
  const other = await ask('OPTIONS', '/api/events', { headers: { ...asks, origin: 'http://evil.example' } });
  assert.deepEqual([other.status, other.headers.get('access-control-allow-origin')], [204, null]);
  const got = await ask('GET', '/api/events/999999', { headers: { origin } });
  assert.equal(got.headers.get('access-control-allow-origin'), origin);
});
