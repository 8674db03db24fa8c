// The native protocol over Socket.IO, with the published clients of versions 2, 3 and 4 (PROTOCOL.md, R140–R145).

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, afterEach, before, test as run } from 'node:test';
import io2 from 'sio2';
import { io as io3 } from 'sio3';
import { io as io4 } from 'socket.io-client';
import { Frames } from './frames.mjs';
import { open } from './house.mjs';
import { signedIn } from './people.mjs';

const VERSIONS = { 2: io2, 3: io3, 4: io4 };
const ROOM = 'rooms/cooking';

/** One that waits for what does not come ends all the same. */
const test = (name, story) => run(name, { timeout: 60_000 }, story);

let house;
let token;
before(async () => {
  house = await open();
  token = await signedIn(house, 'ann@demo.example', 'curtain-up-demo');
});
after(() => house?.close());

const clients = [];
afterEach(() => clients.splice(0).forEach(({ socket }) => socket.close()));

/** A client that keeps what comes until it is asked for. */
async function come(version, options = {}) {
  const socket = VERSIONS[version](`${house.url}/houseful`, { forceNew: true, reconnection: false, ...options });
  const client = { socket, came: [], wake: () => {} };
  clients.push(client);
  socket.on('frame', (message) => {
    client.came.push(...[message].flat());
    client.wake();
  });
  client.any = async (fits) => {
    for (;;) {
      const at = client.came.findIndex(fits);
      if (at >= 0) return client.came.splice(0, at + 1).at(-1);
      await new Promise((resolve) => { client.wake = resolve; });
    }
  };
  let reference = 0;
  client.ask = (frame) => {
    const ref = ++reference;
    socket.emit('frame', { ...frame, ref });
    return client.any((answer) => answer.ref === ref);
  };
  client.closed = new Promise((resolve) => socket.once('close', resolve));
  client.out = new Promise((resolve) => socket.once('disconnect', resolve));
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject).once('error', reject));
  return client;
}

/** The same, who has said who they are and has joined. */
async function inside(version, options, have) {
  const client = await come(version, options);
  assert.equal((await client.ask({ t: 'hello', token })).t, 'welcome');
  client.joined = await client.ask({ t: 'join', room: ROOM, ...(have ? { have } : {}) });
  assert.equal(client.joined.t, 'joined', JSON.stringify(client.joined));
  client.say = (text) => client.ask({
    t: 'command', room: ROOM, term: client.joined.term, id: crypto.randomUUID(), name: 'say', body: { text },
  });
  return client;
}
const said = (frame, text) => frame.t === 'ops' && JSON.stringify(frame.fragments).includes(text);

test('R140 every version speaks it by every transport', async () => {
  for (const version of [2, 3, 4]) {
    for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
      const client = await inside(version, { transports });
      const text = `by ${version} and ${transports}`;
      const answer = client.say(text);
      await client.any((frame) => said(frame, text) || frame.t === 'refused');
      assert.equal((await Promise.race([answer, client.any((frame) => frame.t === 'ok')])).t, 'ok');
      client.socket.close();
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // Five in five seconds are taken (R65).
    }
  }
});

test('R140 several frames of one event are in order', async () => {
  const client = await come(4);
  client.socket.emit('frame', { t: 'hello', ref: 1 }, { t: 'join', ref: 2, room: ROOM }, { t: 'leave', ref: 3, room: ROOM });
  client.socket.emit('something', { t: 'ping' });
  await client.any((frame) => frame.ref === 3);
});

const ask = (path, { from, headers = {}, method = 'GET', body } = {}) => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(house.url);
  const asking = request({ host: hostname, port, path, method, headers, localAddress: from, agent: false }, async (answer) => {
    let text = '';
    for await (const chunk of answer) text += chunk;
    resolve({ status: answer.statusCode, text });
  });
  asking.on('error', reject);
  asking.end(body);
});

test('R141 pages of elsewhere get no session', async () => {
  for (const eio of [3, 4]) {
    const answer = await ask(`/socket.io/?EIO=${eio}&transport=polling`, { headers: { origin: 'https://evil.example' } });
    assert.deepEqual([answer.status, JSON.parse(answer.text)], [403, { code: 4, message: 'origin_not_allowed' }]);
  }
  const own = await ask('/socket.io/?EIO=4&transport=polling', { headers: { origin: house.url } });
  assert.equal(own.status, 200);
});

test('R142 what is asked before hello, and what is too large, is refused as on a WebSocket', async () => {
  const native = new Frames(`${house.url.replace('http', 'ws')}/live`, { protocol: 'houseful.v1' });
  await native.opened;
  const client = await come(4);
  const large = { t: 'hello', ref: 1, client: 'x'.repeat(20_000) };
  native.send(large);
  client.socket.emit('frame', large);
  const expected = await native.json();
  assert.deepEqual(await client.any(() => true), [expected].flat()[0]);
  await native.close();
  const { text } = await ask('/socket.io/?EIO=4&transport=polling');
  assert.equal(JSON.parse(text.slice(1)).maxPayload, 100_000);
});

test('R143 a goodbye says its code', async () => {
  const native = new Frames(`${house.url.replace('http', 'ws')}/live`, { protocol: 'houseful.v1' });
  const client = await come(4);
  const { code } = await native.ended;
  assert.deepEqual(await client.closed, { code });
  await client.out;
});

test('R144 whoever comes back goes on from where they were', async () => {
  const [ann, other] = [await inside(4), await inside(3)];
  const { epoch, seq } = ann.joined;
  ann.socket.close();
  assert.equal((await other.say('while you were out')).t, 'ok');
  const back = await inside(4, {}, { epoch, seq });
  assert.equal(back.joined.parts, undefined);
  assert.match(JSON.stringify(back.joined.fragments), /while you were out/);
});

test('R145 a session is asked for by any connection, and from one address', async () => {
  const { text } = await ask('/socket.io/?EIO=4&transport=polling');
  const path = `/socket.io/?EIO=4&transport=polling&sid=${JSON.parse(text.slice(1)).sid}`;
  const stolen = await ask(path, { from: '127.0.0.2' });
  assert.deepEqual([stolen.status, JSON.parse(stolen.text)], [400, { code: 1, message: 'Session ID unknown' }]);
  assert.equal((await ask(path, { method: 'POST', body: '40/houseful,' })).text, 'ok');
  assert.match((await ask(path)).text, /^40\/houseful,\{"sid":"/);
});
