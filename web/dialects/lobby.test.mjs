// The lobby dialect at the wire: every row of what its old client sends and expects, and every quirk's decision.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Frames } from './frames.mjs';
import { open } from './house.mjs';
import { native, signedIn } from './people.mjs';

const NOT_UPGRADED = 'Bad Request\nThere was an error creating client: websocket: the client is not using the websocket '
  + "protocol: 'upgrade' token not found in 'Connection' header";
const WAITING = { running: 'false', message: 'waiting for room to start' };
const STARTED = { sender: 'room', message: 'chat has started' };

let house;
let opened = [];

before(async () => {
  house = await open();
});
after(async () => {
  await house?.close();
});

/** Every test finds the rooms empty: everybody has gone, and the rooms wait for people again, as the native protocol
 * tells it. */
async function leaveAll() {
  const watchers = await Promise.all(['rooms/R:1', 'rooms/R:2'].map((room) => native(house, room)));
  await Promise.all(opened.splice(0).map((one) => one.close()));
  for (const watcher of watchers) {
    if (phaseIn(watcher.joined) !== 'waiting') await watcher.any((frame) => phaseIn(frame) === 'waiting');
    await watcher.close();
  }
}

/** What a native frame says of the room's phase, if it does. */
function phaseIn({ parts = [], fragments = [] }) {
  const told = fragments.flatMap(({ ops }) => ops).filter((op) => op[1] === 'door').map((op) => op[2].phase);
  const shown = parts.map(({ shapes }) => shapes.door?.cell.phase);
  return [...shown, ...told].filter(Boolean).at(-1);
}

/** The headers of an account's token. */
const as = async (email) => ({ Authorization: `Bearer ${await signedIn(house, email, 'curtain-up-demo')}` });

async function connect(path = '/ws', options = {}) {
  const one = new Frames(`ws://${house.at.lobby}${path}`, options);
  opened.push(one);
  await one.opened;
  assert.equal((await one.next()).text, '{"Type":"CREATED","Payload":"{}","RoomID":""}\n');
  return one;
}

const ask = (one, messageType, payload) => one.send({ messageType, payload: JSON.stringify(payload) });
/** The next frame; its payload is JSON in a text. */
async function told(one) {
  const { Type, Payload, RoomID } = await one.json();
  return [Type, Type === 'ERROR' ? Payload : JSON.parse(Payload), RoomID];
}

async function comes(user, path, options) {
  const one = await connect(path, options);
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user });
  const [type, { User, Rooms }] = await told(one);
  assert.equal(type, 'USER_LOBBY_DATA');
  return Object.assign(one, { user: User.ID, rooms: Rooms });
}

const enter = (one, roomId) => ask(one, 'LOBBY_ROOM_REQUEST', { roomId });
const speak = (one, roomId, message, username = one.user) =>
  ask(one, 'ROOM_REQUEST', { username, roomId, message, requestType: 'ROOM_EVENT' });
/** What comes before the answer to a question that is always answered: `Cannot resolve user`. */
async function heard(one) {
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: 'nobody:0' });
  const frames = [];
  for (;;) {
    const frame = await told(one);
    if (frame[0] === 'ERROR' && frame[1] === 'Cannot resolve user') return frames;
    frames.push(frame);
  }
}
const texts = ([, { state }]) => state.messages.map(({ message }) => message);

/** People in a room that runs, each of whom has heard of all of that. */
async function running(roomId, ...users) {
  const all = [];
  for (const user of users) all.push(await comes(user));
  for (const [nth, one] of all.entries()) {
    enter(one, roomId);
    await one.until(({ Type }) => Type === 'USER_JOINED_ROOM');
    // The second starts it.
    if (nth === 1) await all[0].until(({ Type }) => Type === 'ROOM_BROADCAST_INIT');
    if (nth < 2) continue;
    const text = JSON.stringify({ message: `${users[nth]} joined` });
    for (const other of all.slice(0, nth)) await other.until(({ Payload }) => Payload === text);
  }
  return all;
}

test('a plain GET of /ws is told what is missing; other paths are no directory', async () => {
  const plain = await fetch(`http://${house.at.lobby}/ws`);
  assert.equal(plain.status, 400);
  assert.equal(await plain.text(), NOT_UPGRADED);
  const page = await fetch(`http://${house.at.lobby}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  assert.match(page.headers.get('content-security-policy'), /script-src 'self'/);
  const text = await page.text();
  for (const [, file] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    assert.equal((await fetch(`http://${house.at.lobby}/${file}`)).status, 200, file);
  }
  for (const path of ['/shared/', '/lobby', '/..%2fseats', '/page.js/', '/apps/chat/']) {
    assert.equal((await fetch(`http://${house.at.lobby}${path}`)).status, 404, path);
  }
});

test('only pages of this address, or none, may connect', async () => {
  const from = (headers) => new Frames(`ws://${house.at.lobby}/ws`, { headers });
  for (const origin of ['http://evil.example', `https://${house.at.lobby}`, 'null', `http://${house.at.lobby}.evil.example`]) {
    assert.equal((await from({ Origin: origin }).refused).status, 403, origin);
  }
  await connect('/ws', { headers: { Origin: `http://${house.at.lobby}` } });
  await connect();
  await leaveAll();
});

test('the lobby: who one is, and the rooms in order; errors in its words', async () => {
  const one = await connect();
  for (const payload of [{}, { user: '' }, { user: 7 }, null, []]) {
    ask(one, 'LOBBY_USER_JOIN_REQUEST', payload);
    assert.deepEqual(await told(one), ['ERROR', 'No user ID in payload request', ''], JSON.stringify(payload));
  }
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: 'user:5' });
  assert.deepEqual(await told(one), ['ERROR', 'Cannot resolve user', '']);
  enter(one, 'R:1');
  assert.deepEqual(await told(one), ['ERROR', 'UserClient Could not be found', '']);
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: 'user:1' });
  const [type, data, room] = await told(one);
  assert.deepEqual([type, data.User, room], ['USER_LOBBY_DATA', { ID: 'user:1' }, '']);
  const rooms = data.Rooms.map(({ ID, Name }) => ({ ID, Name }));
  assert.deepEqual(rooms.slice(0, 2), [{ ID: 'R:1', Name: 'First Room' }, { ID: 'R:2', Name: 'Second Room' }]);
  assert.deepEqual(Object.keys(data.Rooms[0]).slice(0, 2), ['ID', 'Name']);
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: 'user:2' });
  assert.deepEqual(await told(one), ['ERROR', 'UserClient Could not be created', ''], 'one person a connection');
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: 'user:1' });
  assert.equal((await told(one))[0], 'USER_LOBBY_DATA');
  await leaveAll();
});

test('each answer ends with a newline, its payload is JSON in a text', async () => {
  const one = await connect();
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: 'user:1' });
  const { text } = await one.next();
  assert.match(text, /^\{"Type":"USER_LOBBY_DATA","Payload":"\{\\"User\\":\{\\"ID\\":\\"user:1\\"\},\\"Rooms\\":\[/);
  assert.ok(text.endsWith(',"RoomID":""}\n'));
  await leaveAll();
});

test('keys in any case, as the old client writes them', async () => {
  const one = await connect();
  for (const [type, payload] of [['messageType', 'payLoad'], ['MESSAGETYPE', 'PAYLOAD'], ['MessageType', 'Payload']]) {
    one.send({ [type]: 'LOBBY_USER_JOIN_REQUEST', [payload]: '{"USER":"user:1"}' });
    assert.equal((await told(one))[0], 'USER_LOBBY_DATA');
  }
  await leaveAll();
});

test('a room waits for two, then starts for everybody before the last one has joined', async () => {
  const [one, two] = [await comes('user:1'), await comes('user:2')];
  enter(one, 'R:1');
  assert.deepEqual(await told(one), ['USER_JOINED_ROOM', { RoomId: 'R:1' }, 'R:1']);
  assert.deepEqual(await told(one), ['ROOM_BROADCAST', WAITING, 'R:1']);
  speak(one, 'R:1', 'too early');
  assert.deepEqual(await told(one), ['ROOM_BROADCAST', WAITING, 'R:1']);
  ask(one, 'ROOM_REQUEST', { roomId: 'R:1', requestType: 'STATE' });
  assert.deepEqual(await told(one), ['ROOM_BROADCAST', WAITING, 'R:1']);
  enter(two, 'R:1');
  const init = ['ROOM_BROADCAST_INIT', { state: { messages: [STARTED] } }, 'R:1'];
  assert.deepEqual(await told(two), init);
  assert.deepEqual(await told(two), ['USER_JOINED_ROOM', { RoomId: 'R:1' }, 'R:1']);
  assert.deepEqual(await told(one), init);
  assert.deepEqual(await heard(two), []);
  assert.deepEqual(await heard(one), []);

  speak(one, 'R:1', 'hello');
  const all = { state: { messages: [STARTED, { sender: 'user:1', message: 'hello' }] } };
  for (const who of [one, two]) assert.deepEqual(await told(who), ['ROOM_BROADCAST', all, 'R:1']);

  // Who comes later gets the state, and nobody's history is gone.
  const three = await comes('user:3');
  enter(three, 'R:1');
  assert.deepEqual(await told(three), ['ROOM_BROADCAST_INIT', all, 'R:1']);
  assert.deepEqual(await told(three), ['USER_JOINED_ROOM', { RoomId: 'R:1' }, 'R:1']);
  for (const who of [one, two]) {
    assert.deepEqual(await told(who), ['ROOM_BROADCAST_MESSAGE', { message: 'user:3 joined' }, 'R:1']);
  }

  // It runs on with one, who is told of each that leaves.
  await three.close();
  assert.deepEqual(await told(two), ['ROOM_BROADCAST_MESSAGE', { message: 'user:3 left' }, 'R:1']);
  assert.deepEqual((await told(one))[1], { message: 'user:3 left' });
  await two.close();
  assert.deepEqual(await told(one), ['ROOM_BROADCAST_MESSAGE', { message: 'user:2 left' }, 'R:1']);
  speak(one, 'R:1', 'alone');
  assert.deepEqual(texts(await told(one)), ['chat has started', 'hello', 'alone']);
  await leaveAll();
});

test('STATE is answered to whoever asked', async () => {
  const [one, two] = await running('R:2', 'user:1', 'user:2');
  ask(one, 'ROOM_REQUEST', { roomId: 'R:2', requestType: 'STATE' });
  const [type, { state }, room] = await told(one);
  assert.deepEqual([type, room], ['ROOM_BROADCAST', 'R:2']);
  assert.ok(Array.isArray(state.messages));
  assert.deepEqual(await heard(two), []);
  await leaveAll();
});

test('rooms that one cannot come into', async () => {
  const one = await comes('user:1');
  for (const payload of [{ roomId: 'R:9' }, { roomId: '' }, {}, { roomId: 7 }, { roomId: '../events/1/seats' }]) {
    ask(one, 'LOBBY_ROOM_REQUEST', payload);
    assert.deepEqual((await told(one)).slice(0, 2), ['ERROR', 'Payload Room ID is invalid'], JSON.stringify(payload));
  }
  enter(one, 'R:1');
  assert.equal((await told(one))[0], 'USER_JOINED_ROOM');
  assert.equal((await told(one))[0], 'ROOM_BROADCAST');
  enter(one, 'R:1');
  assert.deepEqual((await told(one)).slice(0, 2), ['ERROR', 'Failed to add user to room']);
  await leaveAll();
});

test('no more than fit', async () => {
  const people = [...await running('R:1', 'user:1', 'user:2', 'user:3', 'user:4')];
  people.push(await comes('Ann Miller', '/ws', { headers: await as('ann@demo.example') }));
  const late = await comes('Ben Miller', '/ws', { headers: await as('ben@demo.example') });
  enter(people[4], 'R:1');
  await people[4].until(({ Type }) => Type === 'USER_JOINED_ROOM');
  enter(late, 'R:1');
  assert.deepEqual(await told(late), ['ERROR', 'Failed to add user to room', 'R:1']);
  await people[0].close();
  await people[1].until(({ Payload }) => JSON.parse(Payload).message === 'user:1 left');
  enter(late, 'R:1');
  await late.until(({ Type }) => Type === 'USER_JOINED_ROOM');
  await leaveAll();
});

test('private rooms are unknown to others, locked ones shut', async () => {
  const headers = { ...await as('organiser@demo.example'), 'content-type': 'application/json' };
  const make = async (wanted) => {
    const body = JSON.stringify({ app: 'chat', ...wanted });
    const answer = await fetch(`${house.url}/api/v1/rooms`, { method: 'POST', headers, body });
    return (await answer.json()).path.replace('rooms/', '');
  };
  const hidden = await make({ title: 'Hidden', visibility: 'private' });
  const locked = await make({ title: 'Locked <i>', locked: true });
  const one = await comes('user:1');
  assert.equal(one.rooms.find(({ ID }) => ID === hidden), undefined);
  assert.equal(one.rooms.find(({ ID }) => ID === locked).Name, 'Locked &lt;i&gt;');
  enter(one, hidden);
  assert.deepEqual(await told(one), ['ERROR', 'Payload Room ID is invalid', hidden]);
  enter(one, locked);
  assert.deepEqual(await told(one), ['ERROR', 'User Not Authorized to Join Room', locked]);
  const owner = await comes('Olivia Marsh', '/ws', { headers });
  assert.ok(owner.rooms.some(({ ID }) => ID === hidden));
  enter(owner, hidden);
  await owner.until(({ Type, RoomID }) => Type === 'USER_JOINED_ROOM' && RoomID === hidden);
  await leaveAll();
});

test('several connections of one person: each may enter, and they count once', async () => {
  const [one, again] = [await comes('user:1'), await comes('user:1')];
  for (const who of [one, again]) {
    enter(who, 'R:1');
    assert.equal((await told(who))[0], 'USER_JOINED_ROOM');
    assert.deepEqual(await told(who), ['ROOM_BROADCAST', WAITING, 'R:1']);
  }
  await again.close();
  assert.deepEqual(await heard(one), []);
  await leaveAll();
});

test('several rooms at once, each with its own state', async () => {
  const [one, two] = await running('R:1', 'user:1', 'user:2');
  for (const who of [one, two]) enter(who, 'R:2');
  await one.until(({ Type, RoomID }) => Type === 'ROOM_BROADCAST_INIT' && RoomID === 'R:2');
  await two.until(({ Type, RoomID }) => Type === 'USER_JOINED_ROOM' && RoomID === 'R:2');
  await heard(one);
  await heard(two);
  speak(one, 'R:2', 'in the second');
  speak(one, 'R:1', 'in the first');
  const seen = [await told(two), await told(two)];
  const last = Object.fromEntries(seen.map((frame) => [frame[2], texts(frame).at(-1)]));
  assert.deepEqual(last, { 'R:1': 'in the first', 'R:2': 'in the second' });
  await leaveAll();
});

test('a sender is who they are, and nobody speaks for the server', async () => {
  const [one, two] = await running('R:1', 'user:1', 'user:2');
  speak(one, 'R:1', 'as somebody else', 'user:2');
  const [, { state }] = await told(two);
  assert.deepEqual(state.messages.at(-1), { sender: 'user:1', message: 'as somebody else' });
  await told(one);
  for (const type of ['ROOM_BROADCAST', 'ROOM_BROADCAST_INIT', 'ROOM_BROADCAST_MESSAGE', 'USER_JOINED_ROOM', 'CREATED', 'ERROR']) {
    ask(one, type, { roomId: 'R:1', state: { messages: [] } });
    assert.deepEqual((await told(one)).slice(0, 2), ['ERROR', `${type} is the server's to send`]);
  }
  assert.deepEqual(await heard(two), []);
  await leaveAll();
});

test('errors of the application go to the sender alone', async () => {
  const [one, two] = await running('R:1', 'user:1', 'user:2');
  speak(one, 'R:1', '');
  assert.deepEqual([(await told(one))[0], (await heard(two)).length], ['ERROR', 0]);
  for (const payload of [
    { roomId: 'R:1' }, { roomId: 'R:1', requestType: 'DANCE' }, { roomId: 'R:1', requestType: 7 },
    { roomId: 'R:1', requestType: 'ROOM_EVENT' }, { roomId: 'R:1', requestType: 'ROOM_EVENT', message: 7 },
    { roomId: 'R:1', requestType: 'ROOM_EVENT', message: 'x'.repeat(2_001) },
    { roomId: 'R:1', requestType: 'ROOM_EVENT', command: 'no_such_command', body: {} },
  ]) {
    ask(one, 'ROOM_REQUEST', payload);
    const [type, text, room] = await told(one);
    assert.deepEqual([type, room], ['ERROR', 'R:1'], JSON.stringify(payload).slice(0, 80));
    assert.ok(text.length > 5, text);
  }
  assert.deepEqual(await heard(two), []);
  await leaveAll();
});

test('a room not joined, an unknown type, no room: nothing', async () => {
  const [one] = await running('R:1', 'user:1', 'user:2');
  speak(one, 'R:2', 'not there');
  ask(one, 'ROOM_REQUEST', { requestType: 'STATE' });
  ask(one, 'DANCE', { roomId: 'R:1' });
  ask(one, '', {});
  one.send({ payload: '{}' });
  one.send({ messageType: 7, payload: '{}' });
  assert.deepEqual(await heard(one), []);
  const stranger = await connect();
  speak(stranger, 'R:1', 'nobody yet');
  assert.deepEqual(await heard(stranger), []);
  await leaveAll();
});

test('a bad frame is an error and no end; one too many is', async () => {
  const [one, two] = await running('R:1', 'user:1', 'user:2');
  const bad = ['no json', '[]', 'null', '{"messageType":"ROOM_REQUEST","payload":{"roomId":"R:1"}}',
    '{"messageType":"ROOM_REQUEST","payload":"no json"}', '{"messageType":"ROOM_REQUEST"}'];
  for (const text of bad) {
    one.send(text);
    assert.equal((await told(one))[0], 'ERROR', text);
  }
  speak(one, 'R:1', 'still here');
  assert.equal(texts(await told(two)).at(-1), 'still here');
  await told(one);
  for (let k = 0; k < 20; k++) two.send('no json');
  assert.equal((await two.ended).code, 1007);
  assert.deepEqual((await told(one))[1], { message: 'user:2 left' });
  await leaveAll();
});

test('texts are escaped for the old page, and as they are for one that asks', async () => {
  // Somebody who has not spoken yet: a chat takes five messages in five seconds of one person.
  const [one] = await running('R:1', 'user:4', 'user:2');
  const plain = await comes('user:3', '/ws?text=plain');
  enter(plain, 'R:1');
  await plain.until(({ Type }) => Type === 'USER_JOINED_ROOM');
  await told(one);
  const evil = `<img src=x onerror="alert('1')"> & so on`;
  speak(one, 'R:1', evil);
  assert.equal(texts(await told(one)).at(-1), `&lt;img src=x onerror=&quot;alert('1')&quot;&gt; &amp; so on`);
  assert.equal(texts(await told(plain)).at(-1), evil);
  for (let k = 0; k < 5; k++) speak(one, 'R:1', `quick ${k}`);
  const { Payload } = await one.until(({ Type }) => Type === 'ERROR');
  assert.match(Payload, /fast|wait|slow/i, 'a sixth within five seconds');
  await leaveAll();
});

test('who asks too often waits, and who does not stop is hung up on', async () => {
  const one = await connect();
  for (let k = 0; k < 1_000; k++) ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: 'nobody' });
  const { Payload } = await one.until((frame) => frame.Payload !== 'Cannot resolve user');
  assert.match(Payload, /too often/);
  assert.equal((await one.ended).code, 1008);
  await leaveAll();
});

test('an account by its token is itself, and only itself', async () => {
  const [name, headers] = ['Ann Miller', await as('ann@demo.example')];
  const one = await connect('/ws', { headers });
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: 'user:1' });
  assert.deepEqual(await told(one), ['ERROR', 'Cannot resolve user', '']);
  ask(one, 'LOBBY_USER_JOIN_REQUEST', { user: name });
  assert.deepEqual((await told(one))[1].User, { ID: name });
  enter(one, 'R:2');
  assert.equal((await told(one))[0], 'USER_JOINED_ROOM');
  const bad = new Frames(`ws://${house.at.lobby}/ws`, { headers: { Authorization: 'Bearer nonsense' } });
  assert.equal((await bad.refused).status, 401);
  await leaveAll();
});

test('rooms outlive a killed server: state, order and all', async () => {
  const [one, two] = await running('R:2', 'user:1', 'user:2');
  speak(one, 'R:2', 'before');
  const before = texts(await told(two));
  await house.kill();
  await Promise.all([one.ended, two.ended]);
  await house.start();
  opened = [];
  const [again, other] = [await comes('user:1'), await comes('user:2')];
  enter(again, 'R:2');
  await again.until(({ Type }) => Type === 'USER_JOINED_ROOM');
  enter(other, 'R:2');
  const init = await told(other);
  assert.equal(init[0], 'ROOM_BROADCAST_INIT');
  const now = texts(init).filter((text) => text !== STARTED.message);
  assert.deepEqual(now, before.filter((text) => text !== STARTED.message));
  await leaveAll();
});
