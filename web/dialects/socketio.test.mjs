// Socket.IO and Engine.IO with the published clients of versions 2, 3 and 4, over every transport, against the example
// that answers as the official suites expect.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, test as run } from 'node:test';
import io2 from 'sio2';
import { io as io3 } from 'sio3';
import { io as io4 } from 'socket.io-client';
import { program } from '../e2e/program.mjs';
import { Frames } from './frames.mjs';

/** One that waits for what does not come ends all the same. */
const test = (name, story) => run(name, { timeout: 60_000 }, story);
const VERSIONS = { 2: io2, 3: io3, 4: io4 };
const TRANSPORTS = { polling: ['polling'], websocket: ['websocket'], upgrade: ['polling', 'websocket'] };

const servers = [];
/** The example with these words, at `host:port`. */
async function start(...words) {
  const child = spawn(join(dirname(program), 'examples/socketio'), ['0', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(child);
  process.on('exit', () => child.kill());
  for await (const line of createInterface(child.stdout)) return line.replace('listening on http://', '');
  throw new Error('it ended before it listened');
}

let at;
let hasty;
before(async () => {
  at = await start('34', '25000', '20000');
  hasty = await start('34');
});
after(() => servers.forEach((child) => child.kill()));

const sockets = [];
afterEach(() => sockets.splice(0).forEach((socket) => socket.close()));

function connect(version, options = {}, namespace = '/') {
  const socket = VERSIONS[version](`http://${at}${namespace}`, { forceNew: true, reconnection: false, ...options });
  sockets.push(socket);
  return socket;
}
const once = (socket, name) => new Promise((resolve) => socket.once(name, (...args) => resolve(args)));
const connected = (socket) => new Promise((resolve, reject) => {
  socket.once('connect', resolve).once('connect_error', reject).once('error', reject);
});
const acked = (socket, ...args) => new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer)));

for (const version of [2, 3, 4]) {
  for (const [way, transports] of Object.entries(TRANSPORTS)) {
    test(`version ${version} by ${way}: events, bytes, answers, namespaces`, async () => {
      const socket = connect(version, { transports });
      const auth = once(socket, 'auth');
      await connected(socket);
      assert.deepEqual(await auth, [{}]);
      if (way === 'upgrade' && socket.io.engine.transport.name === 'polling') await once(socket.io.engine, 'upgrade');
      assert.equal(socket.io.engine.transport.name, transports.at(-1));
      socket.emit('message', 1, '2 € 𝄞', { 3: [true, null] });
      assert.deepEqual(await once(socket, 'message-back'), [1, '2 € 𝄞', { 3: [true, null] }]);
      assert.deepEqual(await acked(socket, 'message-with-ack', 'é', []), ['é', []]);
      const bytes = [Buffer.from([1, 2, 255]), { deep: Buffer.from([]) }, 'text'];
      socket.emit('message', ...bytes);
      const back = await once(socket, 'message-back');
      assert.deepEqual([...Buffer.from(back[0])], [1, 2, 255]);
      assert.deepEqual([Buffer.from(back[1].deep).length, back[2]], [0, 'text']);
      const [answer] = await acked(socket, 'message-with-ack', Buffer.from([9]));
      assert.deepEqual([...Buffer.from(answer)], [9]);

      const custom = socket.io.socket('/custom', version > 2 ? { auth: { token: '123' } } : {});
      if (version === 3) custom.auth = { token: '123' };
      custom.connect();
      assert.deepEqual(await once(custom, 'auth'), [version > 2 ? { token: '123' } : {}]);
      custom.close();
      assert.deepEqual(await acked(socket, 'message-with-ack', 'still here'), ['still here']);

      const nowhere = socket.io.socket('/nowhere');
      nowhere.connect();
      const [error] = await once(nowhere, version > 2 ? 'connect_error' : 'error');
      assert.equal(version > 2 ? error.message : error, 'Invalid namespace');
      socket.close();
    });
  }
}

test('ten thousand messages come back in order, by each client and transport', async () => {
  for (const version of [2, 3, 4]) {
    for (const transports of Object.values(TRANSPORTS)) {
      const socket = connect(version, { transports });
      const heard = [];
      const all = new Promise((resolve) => socket.on('message-back', (nth) => {
        heard.push(nth);
        if (heard.length === 10_000) resolve();
      }));
      for (let nth = 0; nth < 10_000; nth += 1) socket.emit('message', nth);
      await all;
      assert.ok(heard.every((nth, place) => nth === place));
      socket.close();
    }
  }
});

test('two hundred who come at once and speak at once lose nothing', async () => {
  for (const version of [2, 4]) {
    const all = Array.from({ length: 200 }, async (_, nth) => {
      const socket = connect(version, { transports: nth % 2 ? ['websocket'] : ['polling', 'websocket'] });
      const auth = once(socket, 'auth');
      socket.emit('message', nth);
      assert.deepEqual(await once(socket, 'message-back'), [nth]);
      await auth;
      socket.close();
    });
    await Promise.all(all);
  }
});

/** A request from an address of this machine: status, and what was said. */
const ask = (method, path, { body, from, headers = {} } = {}) => new Promise((resolve, reject) => {
  const [host, port] = at.split(':');
  const asking = request({ host, port, path, method, headers, localAddress: from, agent: false }, async (answer) => {
    let text = '';
    for await (const chunk of answer) text += chunk;
    resolve({ status: answer.statusCode, text, headers: answer.headers });
  });
  asking.on('error', reject);
  asking.end(body);
});
const open = async (eio = 4) => {
  const { text } = await ask('GET', `/engine.io/?EIO=${eio}&transport=polling`);
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)).sid;
};

test('each error has its number and its words', async () => {
  const sid = await open();
  const cases = [
    ['GET', '?EIO=4', 400, 0, 'Transport unknown'],
    ['GET', '?EIO=4&transport=flash', 400, 0, 'Transport unknown'],
    ['GET', '?EIO=4&transport=polling&sid=x', 400, 1, 'Session ID unknown'],
    ['POST', '?EIO=4&transport=polling', 400, 2, 'Bad handshake method'],
    ['GET', '?EIO=4&transport=websocket', 400, 3, 'Bad request'],
    ['PUT', `?EIO=4&transport=polling&sid=${sid}`, 400, 3, 'Bad request'],
    ['GET', '?EIO=5&transport=polling', 400, 5, 'Unsupported protocol version'],
    ['GET', '?transport=polling', 400, 5, 'Unsupported protocol version'],
  ];
  for (const [method, query, status, code, message] of cases) {
    const answer = await ask(method, `/engine.io/${query}`);
    assert.deepEqual([answer.status, JSON.parse(answer.text)], [status, { code, message }], query);
    assert.equal(answer.headers['content-type'], 'application/json');
  }
});

test('a session is nobody else’s', async () => {
  const sid = await open();
  const path = `/engine.io/?EIO=4&transport=polling&sid=${sid}`;
  for (const [method, body] of [['GET'], ['POST', '4stolen']]) {
    const stolen = await ask(method, path, { from: '127.0.0.2', body });
    assert.deepEqual(JSON.parse(stolen.text), { code: 1, message: 'Session ID unknown' });
  }
  const thief = new Frames(`ws://${at}${path.replace('polling', 'websocket')}`, { localAddress: '127.0.0.2' });
  assert.equal((await thief.refused).status, 400);
  assert.equal((await ask('POST', path, { body: '4mine' })).text, 'ok');
  assert.equal((await ask('GET', path)).text, '4mine');
});

test('what breaks the rules ends its own session and no other', async () => {
  const other = connect(4);
  await connected(other);
  const frames = (path) => new Frames(`ws://${at}${path}&transport=websocket`);
  for (const [path, said] of [
    ['/engine.io/?EIO=4', 'abc'], ['/engine.io/?EIO=4', ''], ['/engine.io/?EIO=4', '2'], ['/engine.io/?EIO=3', '3'],
    ['/engine.io/?EIO=3', Buffer.from([9])], ['/socket.io/?EIO=4', '4abc'], ['/socket.io/?EIO=4', '42["a"]'],
    ['/socket.io/?EIO=3', '42{}'], ['/socket.io/?EIO=3', '4511-["a"]'], ['/socket.io/?EIO=3', Buffer.from([4, 1])],
  ]) {
    const socket = frames(path);
    await socket.next();
    socket.send(said);
    await socket.ended;
  }
  const sid = await open(3);
  const path = `/engine.io/?EIO=3&transport=polling&sid=${sid}`;
  assert.equal((await ask('POST', path, { body: '9:4short' })).status, 400);
  assert.equal((await ask('GET', path)).status, 400);
  const large = `/engine.io/?EIO=4&transport=polling&sid=${await open()}`;
  assert.equal((await ask('POST', large, { body: `4${'x'.repeat(1_000_000)}` })).status, 413);
  const larger = frames('/engine.io/?EIO=4');
  larger.send = larger.send.bind(larger);
  await larger.next();
  larger.send(`4${'x'.repeat(1_000_000)}`);
  assert.equal((await larger.ended).code, 1009);
  assert.deepEqual(await acked(other, 'message-with-ack', 'here'), ['here']);
});

test('a client of revision 3 that is silent is gone, one that pings is not', async () => {
  const path = `ws://${hasty}/engine.io/?EIO=3&transport=websocket`;
  const [silent, lively] = [new Frames(path), new Frames(path)];
  await Promise.all([silent.next(), lively.next()]);
  let isSilentGone = false;
  silent.ended.then(() => { isSilentGone = true; });
  while (!isSilentGone) {
    lively.send('2probe');
    assert.equal((await lively.next()).text, '3probe');
  }
  lively.send('4hello');
  assert.equal((await lively.next()).text, '4hello');
  await lively.close();
});

test('who does not read what waits is hung up on', async () => {
  const slow = new Frames(`ws://${at}/engine.io/?EIO=4&transport=websocket`);
  await slow.next();
  slow.socket._socket.pause();
  const text = `4${'x'.repeat(900_000)}`;
  const gone = new Promise((resolve) => slow.socket._socket.once('error', resolve));
  const send = () => slow.socket.send(text, (error) => { if (!error) send(); });
  for (let nth = 0; nth < 4; nth += 1) send();
  await Promise.race([gone, slow.ended]);
});
