// The REST interface of the events dialect, as its clients know it: every path, every message, every order of checks.
// Requests are paced by what the answers say of the limit.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open } from './house.mjs';
import { client, futureDate, PASSWORD } from './events.mjs';

let house;
let api;
before(async () => {
  house = await open();
  api = client(house);
});
after(() => house.close());

const faults = (form, ...properties) =>
  properties
    .map(([name, ...rules]) => `An instance of ${form} has failed the validation:\n - property ${name} has failed the `
      + `following constraints: ${rules.join(', ')} \n`)
    .join('');

/** An answer that is a failure, in the envelope. */
const failed = (answer, status, message) => {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.deepEqual(answer.body, { data: [], error: { message, statusCode: status } });
};
const good = (answer) => {
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual(Object.keys(answer.body), ['data']);
  assert.ok(Array.isArray(answer.body.data));
  return answer.body.data;
};
const event = (over = {}) => ({
  headline: 'New event', description: 'What it is', startDate: futureDate(72), location: 'Milan', state: 'public', ...over,
});

test('signing up answers the user, and says everything that is wrong', async () => {
  const name = api.fresh();
  const [user] = good(await api.post('/auth/signup', { username: name, email: `${name}@example.org`, password: PASSWORD, more: 1 }));
  assert.deepEqual(user, { id: user.id, username: name, email: `${name}@example.org`, events: [], subscribedEvents: [] });
  assert.ok(Number.isInteger(user.id) && user.id > 0);

  const all = faults('SignUpDto', ['username', 'isString', 'isNotEmpty'], ['email', 'isEmail', 'isString', 'isNotEmpty'],
    ['password', 'isString', 'isNotEmpty']);
  failed(await api.post('/auth/signup', {}), 400, all);
  failed(await api.post('/auth/signup', undefined), 400, all);
  failed(await api.post('/auth/signup', { username: '', email: 'ann', password: 7 }), 400,
    faults('SignUpDto', ['username', 'isNotEmpty'], ['email', 'isEmail'], ['password', 'isString']));
  const some = (over) => ({ username: api.fresh(), email: `${api.fresh()}@example.org`, password: PASSWORD, ...over });
  failed(await api.post('/auth/signup', some({ password: '' })), 400, faults('SignUpDto', ['password', 'isNotEmpty']));
  failed(await api.post('/auth/signup', some({ password: '1234567' })), 400, faults('SignUpDto', ['password', 'minLength']));
  failed(await api.post('/auth/signup', some({ password: 'password' })), 400, faults('SignUpDto', ['password', 'isStrongPassword']));
  failed(await api.post('/auth/signup', some({ email: '' })), 400, faults('SignUpDto', ['email', 'isEmail', 'isNotEmpty']));
  failed(await api.post('/auth/signup', some({ username: name })), 409, 'Username is already in use.');
  failed(await api.post('/auth/signup', some({ username: name.toUpperCase() })), 409, 'Username is already in use.');
  failed(await api.post('/auth/signup', some({ email: `${name}@example.org` })), 409, 'Email is already in use.');
});

test('signing in answers a token with its scheme, and tells nobody who has an account', async () => {
  const ann = await api.person();
  const answer = await api.post('/auth/login', { email: ann.email, password: PASSWORD });
  const [{ authToken, ...rest }] = good(answer);
  assert.deepEqual(rest, {});
  assert.match(authToken, /^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
  const part = (nth) => JSON.parse(Buffer.from(authToken.slice(7).split('.')[nth], 'base64url'));
  const claims = part(1);
  assert.equal(part(0).alg, 'HS256');
  assert.deepEqual([claims.userID, claims.id, claims.email, claims.name], [ann.id, ann.id, ann.email, ann.username]);
  assert.equal(claims.exp - claims.iat, 24 * 3600);

  failed(await api.post('/auth/login', { email: ann.email, password: 'something else' }), 401, 'Invalid credentials.');
  failed(await api.post('/auth/login', { email: `${api.fresh()}@example.org`, password: PASSWORD }), 401, 'Invalid credentials.');
  failed(await api.post('/auth/login', {}), 400,
    faults('LoginDto', ['email', 'isEmail', 'isString', 'isNotEmpty'], ['password', 'isString', 'isNotEmpty']));
  // With the scheme or without it.
  good(await api.get('/user', authToken.slice(7)));
  good(await api.get('/user', authToken));
});

test('bodies are JSON or forms; what is neither is nothing, and what is malformed is refused', async () => {
  const ann = await api.person();
  const form = new URLSearchParams({ email: ann.email, password: PASSWORD });
  good(await api.send('POST', '/auth/login', { raw: String(form), type: 'application/x-www-form-urlencoded' }));
  failed(await api.send('POST', '/auth/login', { raw: '{"email":', type: 'application/json' }), 400, 'Malformed JSON.');
  const missing = faults('LoginDto', ['email', 'isEmail', 'isString', 'isNotEmpty'], ['password', 'isString', 'isNotEmpty']);
  failed(await api.send('POST', '/auth/login', { raw: JSON.stringify(ann), type: 'text/plain' }), 400, missing);
  const long = JSON.stringify({ email: 'x'.repeat(100_000) });
  failed(await api.send('POST', '/auth/login', { raw: long, type: 'application/json' }), 413, 'Payload too large.');
});

test('an event is made, shown, changed and taken away', async () => {
  const ann = await api.person();
  const startDate = '2031-11-21T10:30:15.123Z';
  const [made] = good(await api.post('/event', event({ startDate }), ann.token));
  assert.deepEqual(made, {
    id: made.id, headline: 'New event', description: 'What it is', startDate, location: 'Milan', state: 'public',
    hasBeenNotified: false,
  });
  assert.deepEqual(Object.keys(made), ['id', 'headline', 'description', 'startDate', 'location', 'state', 'hasBeenNotified']);
  const path = `/event/${made.id}`;
  const kept = { ...made, startDate: '2031-11-21T10:30:15.000Z' };
  assert.deepEqual(good(await api.get(path)), [kept]);
  assert.deepEqual(good(await api.get(`${path}/`)), [kept]);
  const ids = good(await api.get('/event')).map((one) => one.id);
  assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
  assert.ok(ids.includes(made.id));

  const other = event({ headline: 'Another', location: 'Rome', startDate: '2031-12-01', description: 'Else' });
  const [changed] = good(await api.put(path, other, ann.token));
  assert.deepEqual(changed, { ...made, ...other, startDate: '2031-12-01T00:00:00.000Z' });
  failed(await api.put(path, { headline: 'Only this' }, ann.token), 400, faults('CreateEventDto',
    ['description', 'isString', 'isNotEmpty'], ['startDate', 'isDate', 'isNotEmpty'],
    ['location', 'isString', 'isNotEmpty'], ['state', 'isEnum', 'isNotEmpty']));
  assert.deepEqual(good(await api.get(path)), [changed]);

  assert.deepEqual(good(await api.delete(path, ann.token)), []);
  failed(await api.get(path), 404, 'Event not found.');
  failed(await api.put(path, other, ann.token), 404, 'Event not found.');
  failed(await api.delete(path, ann.token), 404, 'Event not found.');
});

test('only whoever runs an event changes it', async () => {
  const [ann, ben] = [await api.person(), await api.person()];
  const [made] = good(await api.post('/event', event(), ann.token));
  const path = `/event/${made.id}`;
  failed(await api.post('/event', event()), 401, 'Unauthorized user error.');
  failed(await api.post('/event', event(), 'Bearer nonsense'), 401, 'Unauthorized user error.');
  failed(await api.put(path, event()), 401, 'Unauthorized user error.');
  failed(await api.put(path, event(), ben.token), 401, 'Unauthorized user error.');
  failed(await api.put(path, {}, ben.token), 401, 'Unauthorized user error.');
  failed(await api.delete(path, ben.token), 401, 'Unauthorized user error.');
  failed(await api.put('/event/999999', event(), ben.token), 404, 'Event not found.');
  for (const id of ['999999', 'abc', '1e3', '-1', '99999999999999999999']) {
    failed(await api.get(`/event/${id}`), 404, 'Event not found.');
  }
});

test('one has one event at once; that is said before what is wrong with another', async () => {
  const ann = await api.person();
  const wrong = faults('CreateEventDto', ['headline', 'isNotEmpty'], ['description', 'isString'], ['startDate', 'isDate'],
    ['location', 'isString', 'isNotEmpty'], ['state', 'isEnum']);
  const bad = { headline: '', description: 5, startDate: 'soon', location: null, state: 'open' };
  failed(await api.post('/event', bad, ann.token), 400, wrong);
  const long = await api.post('/event', event({ headline: 'x'.repeat(256), description: ' ' }), ann.token);
  assert.equal(long.body.error?.message, faults('CreateEventDto', ['headline', 'maxLength']));
  const made = await Promise.all([1, 2].map(() => api.post('/event', event(), ann.token)));
  assert.deepEqual(made.map((one) => one.status).toSorted(), [200, 400]);
  failed(await api.post('/event', bad, ann.token), 400, 'Events creation limit reached.');
  const [mine] = good(await api.get(`/user/${ann.id}`, ann.token))[0].events;
  good(await api.delete(`/event/${mine.id}`, ann.token));
  good(await api.post('/event', event({ state: 'draft' }), ann.token));
  failed(await api.post('/event', event(), ann.token), 400, 'Events creation limit reached.');
});

test('a start may be any date, past ones too', async () => {
  const ann = await api.person();
  for (const [startDate, is] of [
    ['2021-05-01', '2021-05-01T00:00:00.000Z'],
    ['2021-05-01T10:00', '2021-05-01T10:00:00.000Z'],
    ['Sat, 21 Nov 2020 02:42:22 GMT', '2020-11-21T02:42:22.000Z'],
    [1_600_000_000_000, '2020-09-13T12:26:40.000Z'],
    ['2031-11-21T10:30:00+02:00', '2031-11-21T08:30:00.000Z'],
  ]) {
    const [made] = good(await api.post('/event', event({ startDate }), ann.token));
    assert.equal(made.startDate, is);
    const [moved] = good(await api.put(`/event/${made.id}`, event({ startDate: '2020-01-01' }), ann.token));
    assert.equal(moved.startDate, '2020-01-01T00:00:00.000Z');
    good(await api.delete(`/event/${made.id}`, ann.token));
  }
});

test('a draft is its owner’s, a private event is for those whom it knows', async () => {
  const [ann, ben, admin] = [await api.person(), await api.person(), await api.signIn('admin@example.com', 'password123')];
  const [made] = good(await api.post('/event', event({ state: 'draft' }), ann.token));
  const path = `/event/${made.id}`;
  const see = async (token) => (await api.get(path, token)).status;
  const inList = async (token) => good(await api.get('/event', token)).some((one) => one.id === made.id);
  assert.deepEqual([await see(), await see(ben.token), await see(ann.token), await see(admin)], [404, 404, 200, 200]);
  assert.deepEqual([await inList(), await inList(ann.token), await inList(admin)], [false, true, true]);
  failed(await api.post(`${path}/subscribe`, undefined, ben.token), 404, 'Event not found.');

  assert.equal(good(await api.put(path, event({ state: 'public' }), ann.token))[0].state, 'public');
  assert.deepEqual([await see(), await inList()], [200, true]);
  good(await api.post(`${path}/subscribe`, undefined, ben.token));
  assert.equal(good(await api.put(path, event({ state: 'private' }), ann.token))[0].state, 'private');
  const cat = await api.person();
  assert.deepEqual([await see(), await see(cat.token), await see(ben.token), await see(ann.token)], [404, 404, 200, 200]);
  assert.deepEqual([await inList(cat.token), await inList(ben.token)], [false, true]);
  assert.equal(good(await api.put(path, event({ state: 'draft' }), ann.token))[0].state, 'draft');
  assert.deepEqual([await see(ben.token), await see(ann.token)], [404, 200]);
  assert.equal(good(await api.put(path, event({ state: 'public' }), ann.token))[0].state, 'public');
  assert.equal(await see(), 200);
});

test('subscribing is refused in the old order, and counts what is to come', async () => {
  const [ann, ben, owners] = [await api.person(), await api.person(), []];
  for (let nth = 0; nth < 5; nth++) owners.push(await api.person());
  const ids = [];
  for (const owner of owners) ids.push(good(await api.post('/event', event(), owner.token))[0].id);
  const [own] = good(await api.post('/event', event(), ann.token));
  const ask = (id, who = ann) => api.post(`/event/${id}/subscribe`, undefined, who?.token);
  failed(await ask(ids[0], null), 401, 'Unauthorized user error.');
  assert.deepEqual(good(await ask(ids[0])), []);
  failed(await ask(ids[0]), 400, 'You are already subscribed to this event.');
  failed(await ask(own.id), 400, "You can't subscribe to your own event.");
  failed(await ask(999999), 404, 'Event not found.');
  failed(await ask('abc'), 404, 'Event not found.');
  good(await ask(ids[1]));
  good(await ask(ids[2]));
  failed(await ask(ids[3]), 400, 'Events subscription limit reached.');
  failed(await ask(ids[0]), 400, 'You are already subscribed to this event.');
  failed(await ask(own.id), 400, "You can't subscribe to your own event.");
  failed(await ask(999999), 400, 'Events subscription limit reached.');
  const mine = good(await api.get(`/user/${ann.id}`, ann.token))[0];
  assert.deepEqual(mine.subscribedEvents.map((one) => one.id), ids.slice(0, 3));

  // What is past counts no more.
  good(await api.put(`/event/${ids[0]}`, event({ startDate: '2020-01-01' }), owners[0].token));
  good(await ask(ids[3]));
  failed(await ask(ids[4]), 400, 'Events subscription limit reached.');
  const off = (id, who = ann) => api.delete(`/event/${id}/subscribe`, who?.token);
  failed(await off(ids[3], null), 401, 'Unauthorized user error.');
  assert.deepEqual(good(await off(ids[3])), []);
  failed(await off(ids[3]), 400, 'You are not subscribed to this event.');
  failed(await off(999999), 404, 'Event not found.');
  good(await ask(ids[4]));

  const list = (token) => api.get(`/event/${ids[1]}/subscribers`, token);
  assert.deepEqual(good(await list(owners[1].token)), [{ id: ann.id, username: ann.username }]);
  failed(await list(ben.token), 401, 'Unauthorized user error.');
  failed(await list(), 401, 'Unauthorized user error.');
});

test('people read of others what is public, and change what is theirs', async () => {
  const [ann, ben, admin] = [await api.person(), await api.person(), await api.signIn('admin@example.com', 'password123')];
  const [shown] = good(await api.post('/event', event(), ann.token));
  failed(await api.get('/user'), 401, 'Unauthorized user error.');
  failed(await api.get(`/user/${ann.id}`), 401, 'Unauthorized user error.');
  const self = { id: ann.id, username: ann.username, email: ann.email, events: [shown], subscribedEvents: [] };
  const { email: _, ...seen } = self;
  const equal = (answer, user) => {
    const [one] = good(answer);
    const [start] = one.events.map((each) => each.startDate);
    assert.equal(start.slice(0, 19), shown.startDate.slice(0, 19));
    assert.deepEqual({ ...one, events: [{ ...one.events[0], startDate: shown.startDate }] }, user);
  };
  equal(await api.get(`/user/${ann.id}`, ann.token), self);
  equal(await api.get(`/user/${ann.id}`, admin), self);
  equal(await api.get(`/user/${ann.id}`, ben.token), seen);
  const all = good(await api.get('/user', ben.token));
  assert.ok(all.length > 100);
  assert.deepEqual(all.filter((user) => 'email' in user).map((user) => user.id), [ben.id]);
  assert.ok(good(await api.get('/user', admin)).every((user) => user.email.includes('@')));
  failed(await api.get('/user/999999', ann.token), 404, 'User not found.');
  failed(await api.get('/user/abc', ann.token), 404, 'User not found.');

  const [cat] = [api.fresh()];
  const body = { username: cat, email: `${cat}@example.org`, password: PASSWORD };
  failed(await api.post('/user', body), 401, 'Unauthorized user error.');
  const [made] = good(await api.post('/user', body, admin));
  assert.deepEqual(made, { id: made.id, username: cat, email: body.email, events: [], subscribedEvents: [] });
  failed(await api.post('/user', body, admin), 409, 'Username is already in use.');
  failed(await api.post('/user', {}, admin), 400, faults('CreateUserDto', ['username', 'isString', 'isNotEmpty'],
    ['email', 'isEmail', 'isString', 'isNotEmpty'], ['password', 'isString', 'isNotEmpty']));
  await api.signIn(body.email, PASSWORD);

  const changed = { username: `${cat}-2`, email: `${cat}-2@example.org`, password: 'another long evening' };
  const path = `/user/${made.id}`;
  failed(await api.put(path, changed, ben.token), 401, 'Unauthorized user error.');
  failed(await api.put(path, changed), 401, 'Unauthorized user error.');
  failed(await api.put('/user/999999', changed, ben.token), 404, 'User not found.');
  const own = await api.signIn(body.email, PASSWORD);
  const elsewhere = await api.signIn(body.email, PASSWORD);
  failed(await api.put(path, { username: 'x' }, own), 400, faults('CreateUserDto',
    ['email', 'isEmail', 'isString', 'isNotEmpty'], ['password', 'isString', 'isNotEmpty']));
  failed(await api.put(path, { ...changed, username: ben.username }, own), 409, 'Username is already in use.');
  failed(await api.put(path, { ...changed, email: ben.email }, own), 409, 'Email is already in use.');
  assert.deepEqual(good(await api.put(path, changed, own)), [{ ...made, username: changed.username, email: changed.email }]);
  // The new password is kept as a hash, and signs in; other logins have ended.
  await api.signIn(changed.email, changed.password);
  good(await api.get(path, own));
  failed(await api.get(path, elsewhere), 401, 'Unauthorized user error.');
  failed(await api.post('/auth/login', { email: body.email, password: PASSWORD }), 401, 'Invalid credentials.');

  failed(await api.delete(path, ben.token), 401, 'Unauthorized user error.');
  failed(await api.delete('/user/999999', ben.token), 404, 'User not found.');
  assert.deepEqual(good(await api.delete(path, own)), []);
  failed(await api.get(path, own), 401, 'Unauthorized user error.');
  failed(await api.get(path, ben.token), 404, 'User not found.');
  // Their events go with them.
  assert.deepEqual(good(await api.delete(`/user/${ann.id}`, ann.token)), []);
  await api.until(async () => (await api.get(`/event/${shown.id}`)).status === 404);
});

test('a path that is none is answered as it always was', async () => {
  for (const [method, path] of [['GET', '/nope'], ['PATCH', '/event'], ['POST', '/event/1'], ['DELETE', '/auth/login']]) {
    const answer = await api.send(method, path);
    assert.equal(answer.status, 404);
    assert.match(answer.headers.get('content-type'), /^text\/html; charset=utf-8/);
    assert.ok(answer.text.includes(`<pre>Cannot ${method} ${path}</pre>`), answer.text);
  }
  const answer = await api.send('GET', '/%3Cscript%3E');
  assert.ok(!answer.text.includes('<script>'));
});

test('five requests a second, counted, with what any page may read', async () => {
  const raw = (path, options) => fetch(`http://${house.at.events}${path}`, options);
  for (let left; left !== '4';) left = (await raw('/event/999999')).headers.get('x-ratelimit-remaining');
  const burst = await Promise.all(Array.from({ length: 12 }, () => raw('/event/999999')));
  const over = burst.filter((answer) => answer.status === 429);
  assert.ok(over.length >= 2, 'twelve at once fall into two windows at the most');
  assert.ok(burst.filter((answer) => answer.status === 404).length >= 4);
  for (const answer of burst) {
    assert.equal(answer.headers.get('x-ratelimit-limit'), '5');
    assert.match(answer.headers.get('x-ratelimit-remaining'), /^[0-4]$/);
    const reset = Number(answer.headers.get('x-ratelimit-reset'));
    assert.ok(Math.abs(reset - Date.now() / 1000) < 5, `${reset}`);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  }
  assert.equal(over[0].headers.get('retry-after'), '1');
  assert.deepEqual(await over[0].json(), {
    data: [], error: { message: 'Too many requests, please try again later.', statusCode: 429 },
  });
  const preflights = await Promise.all(Array.from({ length: 20 }, () => raw('/event', {
    method: 'OPTIONS',
    headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,x-mine' },
  })));
  for (const answer of preflights) {
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.equal(answer.headers.get('access-control-allow-methods'), 'GET,HEAD,PUT,PATCH,POST,DELETE');
    assert.equal(answer.headers.get('access-control-allow-headers'), 'authorization,x-mine');
    assert.equal(answer.headers.get('x-ratelimit-limit'), null);
  }
});
