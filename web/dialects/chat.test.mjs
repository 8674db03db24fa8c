// The chat dialect at the wire, with the client that it was made for (socket.io-client 2.3): every row of its tables and
// what was decided of its quirks. What does not come is shown by what comes after it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test as run } from 'node:test';
import io from 'sio2';
import { Frames } from './frames.mjs';
import { open } from './house.mjs';
import { Heard, native, signedIn } from './people.mjs';

const ORIGIN = 'http://localhost:3000';
const ROOMS = [
  { label: 'Cooking', name: '/cooking' },
  { label: '$$Money$$', name: '/money' },
  { label: 'Traveling', name: '/travel' },
  { label: 'Damn Cute Fur Babies', name: '/pets' },
];
const [COOKING, MONEY, TRAVEL, PETS] = ROOMS;
const NOWHERE = { label: 'Nowhere', name: '/nowhere' };
/** One that waits for what does not come ends all the same. */
const test = (name, story) => run(name, { timeout: 30_000 }, story);
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let house;
let base;
let count = 0;
const clients = [];

before(async () => {
  house = await open();
  base = `http://${house.at.chat}`;
});
after(() => house?.close());
// Nobody is left in a room when the next test begins, and nothing is on its way: somebody who is nowhere sees the last
// one go.
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.close();
  const [last, watcher] = [await come(), await come()];
  const name = named('last');
  last.be(name, PETS);
  const all = (rooms) => Object.values(rooms).flatMap(names);
  await untilPresent(watcher, (rooms) => all(rooms).join() === name);
  last.socket.close();
  await untilPresent(watcher, (rooms) => all(rooms).length === 0);
  clients.splice(0);
  watcher.socket.close();
});

async function come(options = {}) {
  const socket = io(base, { forceNew: true, reconnection: false, extraHeaders: { origin: ORIGIN }, ...options });
  const client = new Heard(socket);
  client.say = (message, chatRoom, username, uuid = crypto.randomUUID()) => {
    socket.emit('new_message', { message, username, chatRoom, uuid });
    return uuid;
  };
  client.be = (username, currentRoom, avatar = `https://api.adorable.io/avatars/50/${username}`) =>
    socket.emit('new_presence_information', { username, avatar, currentRoom });
  client.error = async () => {
    const [name, body] = await client.next();
    assert.equal(name, 'server_error', JSON.stringify(body));
    assert.equal(body.data, null);
    return body.error;
  };
  /** Nothing came before the answer to this. */
  client.silence = async () => {
    socket.emit('new_message', 'marker');
    assert.deepEqual(await client.error(), wrongMessage(['should be object']));
  };
  client.presence = async () => {
    const [name, { data, error }] = await client.next();
    assert.equal(name, 'presence_information', JSON.stringify(data));
    assert.equal(error, null);
    assert.match(data.serverTimestamp, ISO);
    assert.deepEqual(Object.keys(data.usersPerRoom), ROOMS.map((room) => room.name));
    return data.usersPerRoom;
  };
  clients.push(client);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return client;
}

/** A name that no other test has. */
const named = (name) => `${name} ${(count += 1)}`;
const wrongMessage = (errors) => ({ status: 404, message: 'Incoming message is not valid', errors });
const wrongUser = (errors) => ({ status: 404, message: 'Incoming user info is not valid', errors });
const noRoom = { status: 404, message: 'Chat room does not exist', errors: [] };
const names = (users) => users.map(({ username }) => username);
/** Reads on until the rooms are as wanted; answers how many presences it took. */
async function untilPresent(client, fits) {
  for (let read = 1; ; read += 1) {
    const [name, body] = await client.next();
    if (name === 'presence_information' && fits(body.data.usersPerRoom)) return read;
  }
}

test('its HTTP answers two addresses', async () => {
  const home = await fetch(`${base}/`);
  assert.deepEqual([home.status, await home.text()], [200, 'OK']);
  const rooms = await fetch(`${base}/rooms`, { headers: { origin: 'https://anywhere.example' } });
  assert.equal(rooms.headers.get('access-control-allow-origin'), '*');
  assert.match(rooms.headers.get('content-type'), /^application\/json/);
  assert.deepEqual(await rooms.json(), { data: { chatRooms: ROOMS } });
  const tag = rooms.headers.get('etag');
  const again = await fetch(`${base}/rooms`, { headers: { 'if-none-match': tag } });
  assert.deepEqual([again.status, await again.text()], [304, '']);
  const none = await fetch(`${base}/no%3Cwhere`);
  assert.equal(none.status, 404);
  assert.match(none.headers.get('content-type'), /^text\/html/);
  assert.match(await none.text(), /<pre>Cannot GET \/no%3Cwhere<\/pre>/);
  assert.match(await (await fetch(`${base}/rooms`, { method: 'POST' })).text(), /Cannot POST \/rooms/);
  for (const [origin, allowed] of [[ORIGIN, ORIGIN], ['https://evil.example', null]]) {
    const answer = await fetch(`${base}/`, { headers: { origin } });
    assert.equal(answer.headers.get('access-control-allow-origin'), allowed);
  }
});

test('a session begins with its greeting and the namespace, by polling and by WebSocket', async () => {
  for (const query of ['EIO=3&transport=polling', 'EIO=4&transport=polling', 'transport=polling']) {
    const answer = await fetch(`${base}/socket.io/?${query}`, { headers: { origin: ORIGIN } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN);
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
    assert.equal(answer.headers.get('set-cookie'), null);
    const body = await answer.text();
    const [, length, greeting] = body.match(/^(\d+):0(\{.*\})2:40$/);
    assert.equal(Number(length), greeting.length + 1);
    const { sid, ...rest } = JSON.parse(greeting);
    assert.ok(sid.length >= 20);
    assert.deepEqual(rest, { upgrades: ['websocket'], pingInterval: 25_000, pingTimeout: 5_000 });
  }
  const socket = new Frames(`ws://${house.at.chat}/socket.io/?EIO=3&transport=websocket`, { origin: ORIGIN });
  const greeting = JSON.parse((await socket.next()).text.slice(1));
  assert.deepEqual([greeting.upgrades, greeting.pingInterval], [[], 25_000]);
  assert.equal((await socket.next()).text, '40');
  socket.send('2');
  assert.equal((await socket.next()).text, '3');
  await socket.close();
});

test('pages of other origins are refused, programs without one are not', async () => {
  const origin = 'https://evil.example';
  const answer = await fetch(`${base}/socket.io/?EIO=3&transport=polling`, { headers: { origin } });
  assert.equal(answer.status, 403);
  assert.deepEqual(await answer.json(), { code: 4, message: 'origin not allowed' });
  assert.equal(answer.headers.get('access-control-allow-origin'), null);
  const socket = new Frames(`ws://${house.at.chat}/socket.io/?EIO=3&transport=websocket`, { origin });
  assert.equal((await socket.refused).status, 403);
  const none = await come({ extraHeaders: {} });
  await none.silence();
});

test('a message goes to everyone in every room, with the time of the server', async () => {
  const [ann, ben] = [await come(), await come({ transports: ['websocket'] })];
  const name = named('ann');
  const uuid = ann.say('hello <b>there</b>', { ...COOKING, label: 'what I like' }, name);
  for (const client of [ann, ben]) {
    const [event, { data, error }] = await client.until(([event]) => event === '/cooking');
    assert.equal(event, '/cooking');
    assert.equal(error, null);
    const { serverTimestamp, ...rest } = data;
    assert.match(serverTimestamp, ISO);
    assert.ok(Math.abs(Date.now() - Date.parse(serverTimestamp)) < 60_000);
    assert.deepEqual(rest, { message: 'hello <b>there</b>', username: name, chatRoom: COOKING, uuid });
  }
});

test('what is no message is refused with all that is wrong, to its sender alone', async () => {
  const [ann, ben] = [await come(), await come()];
  const missing = (name) => `should have required property '${name}'`;
  const more = 'should NOT have additional properties';
  const good = { message: 'hi', username: 'ann', chatRoom: COOKING, uuid: 'u' };
  const without = (name) => {
    const { [name]: _, ...rest } = good;
    return rest;
  };
  const cases = [
    [{}, ['username', 'message', 'uuid', 'chatRoom'].map(missing)],
    ...Object.keys(good).map((name) => [without(name), [missing(name)]]),
    [{ ...good, more: 1 }, [more]],
    [{ ...good, message: 1 }, ['should be string']],
    [{ ...good, username: null, uuid: {} }, ['should be string', 'should be string']],
    [{ ...good, chatRoom: 'cooking' }, ['should be object']],
    [{ ...good, chatRoom: {} }, [missing('label'), missing('name')]],
    [{ ...good, chatRoom: { ...COOKING, more: 1 } }, [more]],
    ['hello', ['should be object']],
    [null, ['should be object']],
    [{ ...good, uuid: 'u'.repeat(65) }, ['should NOT be longer than 64 characters']],
  ];
  for (const [body, errors] of cases) {
    ann.socket.emit('new_message', body);
    assert.deepEqual(await ann.error(), wrongMessage(errors), JSON.stringify(body));
  }
  ann.say('hi', NOWHERE, 'ann');
  assert.deepEqual(await ann.error(), noRoom);
  ann.say('x'.repeat(70_000), COOKING, 'ann');
  assert.deepEqual(await ann.error(), { status: 429, message: 'Message is too large', errors: [] });
  ann.say('x'.repeat(2_001), COOKING, 'ann');
  const tooLong = await ann.error();
  assert.deepEqual([tooLong.status, tooLong.message], [404, 'Incoming message is not valid']);
  assert.match(tooLong.errors[0], /^text: /);
  await ben.silence();
});

test('whoever speaks too fast is told so', async () => {
  const ann = await come();
  const name = named('fast');
  for (let nth = 0; nth < 6; nth += 1) ann.say(`${nth}`, PETS, name);
  const [, { error }] = await ann.until(([event]) => event === 'server_error');
  assert.deepEqual([error.status, error.errors], [429, []]);
});

test('empty messages are dropped, and so is one that comes twice', async () => {
  const [ann, ben] = [await come(), await come()];
  const name = named('ann');
  ann.say('  \n', MONEY, name);
  const uuid = ann.say('once', MONEY, name);
  ann.say('once', MONEY, name, uuid);
  ann.say('something else', MONEY, name, uuid);
  // Another person's message of the same name is another message.
  const last = ann.say('last', MONEY, named('cat'), uuid);
  assert.equal(last, uuid);
  const heard = [];
  while (heard.at(-1) !== 'last') {
    const [event, { data }] = await ben.next();
    if (event === '/money') heard.push(data.message);
  }
  assert.deepEqual(heard, ['once', 'last']);
});

test('an id to be answered is ignored', async () => {
  const ann = await come();
  let answered = false;
  const body = { message: 'x', username: 'ann', chatRoom: NOWHERE, uuid: 'u' };
  ann.socket.emit('new_message', body, () => { answered = true; });
  assert.deepEqual(await ann.error(), noRoom);
  await ann.silence();
  assert.equal(answered, false);
});

test('where people are is told to everyone once for each change, and to newcomers only then', async () => {
  const [ann, ben] = [await come(), await come()];
  const [one, two] = [named('ann'), named('ben')];
  ann.be(one, COOKING, 'https://a.example/1.png');
  for (const client of [ann, ben]) {
    const rooms = await lastPresence(client);
    assert.deepEqual(rooms['/cooking'].at(-1), { username: one, avatar: 'https://a.example/1.png' });
  }
  ben.be(two, COOKING);
  for (const client of [ann, ben]) assert.deepEqual(names((await lastPresence(client))['/cooking']).slice(-2), [one, two]);
  const cat = await come();
  await cat.silence();
  // The same room again is no news; the picture is kept for the next time.
  ann.be(one, COOKING, 'https://a.example/2.png');
  ann.be(one, TRAVEL, 'https://a.example/3.png');
  for (const client of [ann, ben, cat]) {
    const rooms = await lastPresence(client);
    assert.deepEqual(rooms['/travel'], [{ username: one, avatar: 'https://a.example/3.png' }]);
    assert.ok(!names(rooms['/cooking']).includes(one));
    await client.silence();
  }
  ann.socket.close();
  assert.deepEqual((await ben.presence())['/travel'], []);
  assert.deepEqual((await cat.presence())['/travel'], []);
  // One that was nowhere says nothing when it goes.
  (await come()).socket.close();
  const marker = named('dan');
  cat.be(marker, PETS);
  assert.deepEqual(names((await ben.presence())['/pets']), [marker]);
});

/** The next presence, behind what is replayed. */
async function lastPresence(client) {
  const [, body] = await client.until(([name]) => name === 'presence_information');
  assert.match(body.data.serverTimestamp, ISO);
  assert.deepEqual(Object.keys(body.data.usersPerRoom), ROOMS.map((room) => room.name));
  await skipReplay(client);
  return body.data.usersPerRoom;
}

/** Reads what is replayed, up to the answer to a marker. */
async function skipReplay(client) {
  client.socket.emit('new_message', 'replay');
  const seen = [];
  for (;;) {
    const [name, body] = await client.next();
    if (name === 'server_error') return seen;
    assert.notEqual(name, 'presence_information', JSON.stringify(body));
    seen.push(body.data);
  }
}

test('what is no presence is refused, and an unknown room changes nothing', async () => {
  const [ann, ben] = [await come(), await come()];
  const missing = (name) => `should have required property '${name}'`;
  const good = { username: 'ann', avatar: 'a', currentRoom: COOKING };
  const cases = [
    [{}, ['username', 'avatar', 'currentRoom'].map(missing)],
    [{ ...good, more: 1 }, ['should NOT have additional properties']],
    [{ ...good, avatar: 7 }, ['should be string']],
    [{ ...good, currentRoom: [] }, ['should be object']],
    [undefined, ['should be object']],
  ];
  for (const [body, errors] of cases) {
    ann.socket.emit('new_presence_information', body);
    assert.deepEqual(await ann.error(), wrongUser(errors), JSON.stringify(body));
  }
  ann.be(named('ann'), NOWHERE);
  assert.deepEqual(await ann.error(), noRoom);
  await ben.silence();
});

test('who enters a room is told its last messages, as they were told', async () => {
  const [ann, ben] = [await come(), await come()];
  const name = named('ann');
  const said = ['one', 'two'].map((text) => ann.say(text, TRAVEL, name));
  const told = [];
  for (const uuid of said) told.push((await ann.until(([event, body]) => event === '/travel' && body.data.uuid === uuid))[1]);
  const other = named('ben');
  ben.be(other, TRAVEL);
  await untilPresent(ben, (rooms) => names(rooms['/travel']).includes(other));
  const replayed = await skipReplay(ben);
  assert.deepEqual(replayed.slice(-2), told.map(({ data }) => data));
});

test('who speaks and is nowhere is where they speak', async () => {
  const [ann, ben] = [await come(), await come()];
  const name = named('back');
  ann.say('I am back', PETS, name);
  // The message and the presence, in whichever order.
  let heard = 0;
  let avatar;
  while (heard < 2) {
    const [event, { data }] = await ben.next();
    if (event === '/pets' && data.username === name) heard += 1;
    if (event === 'presence_information') {
      heard += 1;
      ({ avatar } = data.usersPerRoom['/pets'].find(({ username }) => username === name));
    }
  }
  assert.match(avatar, /^data:image\/svg\+xml,/);
});

test('people of the native interface are there too, and hear', async () => {
  const ann = await come();
  const token = await signedIn(house, 'ann@demo.example', 'curtain-up-demo');
  const other = await native(house, 'rooms/pets', token);
  await untilPresent(ann, (rooms) => rooms['/pets'].some(({ username, avatar }) =>
    !username.includes(' (guest)') && avatar.startsWith('data:image/svg+xml,')));
  assert.equal((await other.command('say', { text: 'natively' })).t, 'ok');
  const [, { data }] = await ann.until(([event, body]) => event === '/pets' && body.data.message === 'natively');
  assert.match(data.uuid, /^[0-9a-f-]{36}$/);
  const guest = named('ann');
  ann.say('hello', PETS, guest);
  await other.any((frame) => frame.t === 'ops' && JSON.stringify(frame).includes('"hello"'));
  await other.close();
});

test('a name with an account is a guest of that name, and one name is one person', async () => {
  const [ann, ben] = [await come(), await come()];
  const name = named('twice');
  ann.be(name, MONEY);
  await ben.presence();
  ben.be(name, MONEY);
  const rooms = await lastPresence(ben);
  assert.equal(names(rooms['/money']).filter((one) => one === name).length, 1);
  ann.socket.close();
  assert.ok(names((await ben.presence())['/money']).includes(name));
});

test('after a SIGKILL its own clients come back, and nothing that was said is lost', async () => {
  const ann = await come({ reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 });
  const name = named('kept');
  const uuid = ann.say('before', COOKING, name);
  await ann.until(([event, body]) => event === '/cooking' && body.data.uuid === uuid);
  const back = new Promise((resolve) => ann.socket.once('reconnect', resolve));
  await house.kill();
  await house.start();
  await back;
  // It does not say where it is, but speaks; the same again has no second effect.
  ann.say('before', COOKING, name, uuid);
  ann.say('after', COOKING, name);
  const heard = [];
  const mine = () => heard.filter(([event, { data }]) => event === '/cooking' && data.username === name).map(([, { data }]) => data);
  const isPresent = () => heard.some(([event, { data }]) =>
    event === 'presence_information' && names(data.usersPerRoom['/cooking']).includes(name));
  while (!isPresent() || !['before', 'after'].every((text) => mine().some(({ message }) => message === text))) heard.push(await ann.next());
  assert.deepEqual([...new Set(mine().filter(({ message }) => message === 'before').map((data) => data.uuid))], [uuid]);
});

test('what somebody says just before they go is heard', async () => {
  const listener = await come();
  const uuids = new Set();
  for (let nth = 0; nth < 12; nth += 1) {
    const parting = await come({ transports: [nth % 2 ? 'websocket' : 'polling'] });
    uuids.add(parting.say('goodbye', COOKING, `parting-${nth}`));
    parting.socket.disconnect();
  }
  while (uuids.size > 0) {
    const [name, body] = await listener.next();
    if (name === COOKING.name) uuids.delete(body.data.uuid);
  }
});
