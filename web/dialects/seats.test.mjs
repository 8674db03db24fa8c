// The seats dialect at the wire: every row of what its old client sends and expects, and every quirk's decision.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Frames } from './frames.mjs';
import { open } from './house.mjs';
import { signedIn } from './people.mjs';

const SIGN_UP = 'Please provide a username in the url: /?user=YourUsername';
const TAKEN = { type: 'error', content: 'Place is not available', code: 'SEAT_TAKEN' };
const NO_SUCH = { type: 'error', content: 'Place is not available', code: 'NO_SUCH_SEAT' };
/** Each test has people and a place of its own: the field is one. */
const PLACES = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1], [3, 0], [3, 1]];

let house;
let opened = [];

before(async () => {
  // Every guest that buys is a new account.
  house = await open({ settings: { HOUSEFUL_ACCOUNTS__SIGN_UP_PER_HOUR_ADDRESS: '1000' } });
});
after(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await house?.close();
});

/** Somebody whose first field has come. */
async function comes(user, path = `/?user=${user}`, options = {}) {
  const one = new Frames(`ws://${house.at.seats}${path}`, options);
  opened.push(one);
  await one.opened;
  const { type, content } = await one.json();
  assert.equal(type, 'field');
  one.first = content;
  return one;
}

const field = async (one) => {
  one.send({ event: 'field' });
  const frame = await one.json();
  assert.equal(frame.type, 'field', JSON.stringify(frame));
  return frame.content;
};
const at = (content, [row, column]) => content[row][column];
const buy = (one, pos) => one.send({ event: 'buy', data: { pos } });
const ask = (path, options) => fetch(`http://${house.at.seats}${path}`, options);

test('HTTP has no routes but the page: 404 with the text of the old server', async () => {
  for (const [method, path] of [['GET', '/'], ['GET', '/x/y?z=1'], ['POST', '/seats'], ['DELETE', '/']]) {
    const answer = await ask(path, { method });
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    assert.deepEqual(await answer.json(), { statusCode: 404, message: `Cannot ${method} ${path}`, error: 'Not Found' });
  }
  const preflight = { Origin: 'http://elsewhere.example', 'Access-Control-Request-Method': 'GET' };
  for (const headers of [{}, preflight]) {
    const answer = await ask('/any', { method: 'OPTIONS', headers });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.equal(await answer.text(), '');
  }
});

test('a browser that asks for a page gets one, and its files', async () => {
  const page = await ask('/', { headers: { Accept: 'text/html,application/xhtml+xml' } });
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  assert.match(page.headers.get('content-security-policy'), /script-src 'self'/);
  const text = await page.text();
  assert.doesNotMatch(text, /<script>|style=|onclick=/);
  for (const [, file] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const answer = await ask(`/${file}`);
    assert.equal(answer.status, 200, file);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  }
});

test('without a user: the text as it is, a close without a code, and nothing of it counts', async () => {
  const bystander = await comes('bystander-1');
  for (const path of ['/', '/?user=', '/?user', '/?name=x', '/?user=%20', '/foo?user=x', '/?x=1&user=y']) {
    const one = new Frames(`ws://${house.at.seats}${path}`);
    one.socket.once('open', () => buy(one, PLACES[0]));
    await one.opened;
    assert.deepEqual(await one.next(), { text: SIGN_UP, isBinary: false }, path);
    assert.equal((await one.ended).code, 1005, path);
  }
  assert.equal(at(await field(bystander), PLACES[0]), 0, 'the seat was not sold to nobody');
});

test('a field comes without being asked for, four rows of two, and again when asked, without an echo', async () => {
  const one = await comes('looker');
  assert.deepEqual(one.first.map((row) => row.length), [2, 2, 2, 2]);
  one.send({ event: 'field', data: { some: 'thing' } });
  assert.equal((await one.json()).type, 'field');
  one.send({ event: 'buy', data: { pos: [9, 9] } });
  assert.deepEqual(await one.json(), NO_SUCH, 'no second frame with the data');
});

test('a bought place is told to everyone, each with their own', async () => {
  const [ann, ben, anns] = [await comes('ann-1'), await comes('ben-1'), await comes('ann-1')];
  buy(ann, PLACES[0]);
  const seen = await Promise.all([ann, ben, anns].map((one) => one.json()));
  assert.deepEqual(seen.map(({ type, content }) => [type, at(content, PLACES[0])]), [
    ['field', 2], ['field', 1], ['field', 2],
  ]);
  buy(ben, PLACES[0]);
  assert.deepEqual(await ben.json(), TAKEN);
  buy(anns, PLACES[0]);
  assert.deepEqual(await anns.json(), TAKEN, 'also by me');
  assert.equal(at((await comes('ann-1')).first, PLACES[0]), 2, 'who comes later');
  assert.equal(at((await comes('cleo-1')).first, PLACES[0]), 1);
});

test('places that there are not, and places in other words', async () => {
  const one = await comes('dora');
  for (const pos of [[4, 0], [0, 2], [-1, 0], [0, -1], ['-1', '0'], [1.5, 0]]) {
    buy(one, pos);
    assert.deepEqual(await one.json(), NO_SUCH, JSON.stringify(pos));
  }
  buy(one, ['3', '0']);
  assert.equal(at((await one.json()).content, [3, 0]), 2, 'texts count as numbers');
  buy(one, [3, 1, 7, 7]);
  assert.equal(at((await one.json()).content, [3, 1]), 2, 'further coordinates do not count');
});

test('a buy that says no place is answered', async () => {
  const one = await comes('emil');
  for (const data of [undefined, {}, { pos: null }, { pos: 3 }, { pos: [] }, { pos: [1] }, { pos: ['a', 'b'] }, 'x', null]) {
    one.send({ event: 'buy', data });
    const { type, content, code } = await one.json();
    assert.deepEqual([type, code], ['error', 'INVALID_POSITION'], JSON.stringify(data));
    assert.match(content, /pos/);
  }
});

test('what is no message of the dialect gets no answer, and the connection stays', async () => {
  const one = await comes('fay');
  for (const content of [
    '{"event":"dance"}', 'no json', 'null', '7', '[]', '"field"', '{}', '{"event":7}', '{"event":null}', '',
    '{"event":"events"}', '{"event":"events","data":{"message":"<b>hello</b>"}}',
  ]) {
    one.send(content);
  }
  one.send(Buffer.from([0xff, 0xfe]));
  assert.equal((await field(one)).length, 4, 'the first frame after all of them');
});

test('a raw text is not passed on to anybody', async () => {
  const [one, other] = [await comes('gus'), await comes('hal')];
  one.send({ event: 'events', data: { message: 'text' } });
  await field(one);
  await field(other);
});

test('a binary frame with the same JSON is the same', async () => {
  const one = await comes('ida');
  one.send(Buffer.from(JSON.stringify({ event: 'field' })));
  const frame = await one.next();
  assert.equal(frame.isBinary, false);
  assert.equal(JSON.parse(frame.text).type, 'field');
});

test('any path that has /?user= in it, and names as people write them', async () => {
  const one = await comes('', '/foo/?user=J%C3%BCrgen%20M&x=1');
  buy(one, PLACES[1]);
  assert.equal(at((await one.json()).content, PLACES[1]), 2);
  const decomposed = await comes('', `/?user=${encodeURIComponent('Ju\u0308rgen M')}`);
  assert.equal(at(decomposed.first, PLACES[1]), 2, 'the same name in other code points');
  const plus = await comes('', '/?user=J%C3%BCrgen+M');
  assert.equal(at(plus.first, PLACES[1]), 1, 'a plus is a plus: the old client writes spaces as %20');
  const other = await comes('', '/?user=J%25C3%25BCrgen%20M');
  assert.equal(at(other.first, PLACES[1]), 1, 'decoded once');
});

test('a name cannot be longer than a name is', async () => {
  const one = new Frames(`ws://${house.at.seats}/?user=${'x'.repeat(5_000)}`);
  await one.opened;
  const { type, code } = await one.json();
  assert.deepEqual([type, code], ['error', 'INVALID_USER']);
  assert.equal((await one.ended).code, 1005);
});

test('who asks at once gets the answers in the order of the questions', async () => {
  const one = await comes('jo');
  for (let k = 0; k < 5; k++) {
    one.send({ event: 'buy', data: { pos: [9, k] } });
    one.send({ event: 'field' });
  }
  for (let k = 0; k < 5; k++) {
    assert.deepEqual(await one.json(), NO_SUCH);
    assert.equal((await one.json()).type, 'field');
  }
});

test('two who want the same place: one has it, the other is told', async () => {
  const [one, two] = [await comes('kim'), await comes('lou')];
  buy(one, PLACES[2]);
  buy(two, PLACES[2]);
  // Each is told of the change; who was late also that it was in vain.
  const told = async (who) => {
    const frames = [await who.json()];
    who.send({ event: 'buy', data: {} });
    for (let frame = await who.json(); frame.code !== 'INVALID_POSITION'; frame = await who.json()) frames.push(frame);
    return frames;
  };
  const both = [await told(one), await told(two)];
  const have = both.map((frames) => frames.some(({ content }) => Array.isArray(content) && at(content, PLACES[2]) === 2));
  const refused = both.map((frames) => frames.some(({ code }) => code === 'SEAT_TAKEN'));
  assert.deepEqual(have.filter(Boolean).length, 1);
  assert.deepEqual(refused, have.map((has) => !has));
});

test('an account by its token is no guest of its name, and has its own places', async () => {
  const token = await signedIn(house, 'ann@demo.example', 'curtain-up-demo');
  const headers = { Authorization: `Bearer ${token}` };
  const ann = await comes('', '/?user=whoever', { headers });
  const guest = await comes('', `/?user=${encodeURIComponent('Ann Miller')}`);
  buy(ann, PLACES[3]);
  assert.equal(at((await ann.json()).content, PLACES[3]), 2);
  assert.equal(at((await guest.json()).content, PLACES[3]), 1);
  const bad = new Frames(`ws://${house.at.seats}/?user=x`, { headers: { Authorization: 'Bearer nonsense' } });
  assert.equal((await bad.refused).status, 401);
});

test('what the page asks besides: what is sold here', async () => {
  const one = await comes('mia');
  one.send({ event: 'about' });
  const { type, content } = await one.json();
  assert.equal(type, 'about');
  assert.equal(typeof content.title, 'string');
  assert.equal(content.currency.length, 3);
  assert.ok(content.startsAt > Date.now());
  assert.deepEqual([content.prices.length, content.prices[0].length], [4, 2]);
  assert.deepEqual([content.labels.length, content.labels[0].length], [4, 2]);
});

test('places outlive a killed server, whose clients come back to the present state', async () => {
  const one = await comes('noa');
  buy(one, PLACES[4]);
  assert.equal(at((await one.json()).content, PLACES[4]), 2);
  await house.kill();
  await one.ended;
  await house.start();
  assert.equal(at((await comes('noa')).first, PLACES[4]), 2);
  assert.equal(at((await comes('ola')).first, PLACES[4]), 1);
});

test('an event that is not there is told, and nothing else', async () => {
  const other = await open({ settings: { HOUSEFUL_DIALECTS__SEATS__EVENT: '999' } });
  try {
    const one = new Frames(`ws://${other.at.seats}/?user=pia`);
    const { type, content, code } = await one.json();
    assert.deepEqual([type, content, code], ['error', 'There is no such event.', 'NO_SUCH_EVENT']);
    assert.equal((await one.ended).code, 1005);
  } finally {
    await other.close();
  }
});
