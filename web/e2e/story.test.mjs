// An evening of three people in three browsers: a room that waits for two, another one beside it, a line that breaks,
// and a room that is nobody else's business.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, openBrowser } from './harness.mjs';
import { account, field, fresh, makeRoom, makeRoomHere, message, person, said, say, strip, toLobby } from './meeting.mjs';

let browser;
let ann;
let ben;
let cleo;
const [duo, other] = [fresh('Duo'), fresh('Other')];
const spoken = [];

before(async () => {
  browser = await openBrowser();
  cleo = await person(browser, 'Cleo Story');
});
after(() => browser?.close());

const card = (page, title) => page.getByRole('region', { name: 'Rooms' }).getByRole('link', { name: title });
const here = (page, name) => page.getByRole('region', { name: /people? here$|person here$/ }).getByText(name, { exact: true });

/** In turns, so that nobody is too fast; each is seen by who does not say it. */
async function talk(count) {
  for (let k = 0; k < count; k++) {
    const text = `line ${spoken.length + 1} of many`;
    const [speaker, listener] = spoken.length % 2 ? [ben, ann] : [ann, ben];
    await say(speaker, text);
    spoken.push(text);
    await message(listener, text).waitFor();
  }
}

test('a room waits for its second person, and the lobby sees both come', async () => {
  ann = await person(browser, 'Ann Story');
  await here(cleo, 'Ann Story').waitFor();
  const address = await makeRoom(ann, duo, { minimum: 2 });
  await ann.getByRole('heading', { name: 'Waiting for 1 more person' }).waitFor();
  await ann.getByText('Already here: Ann Story').waitFor();
  assert.ok(await field(ann).isDisabled());
  await card(cleo, duo).filter({ hasText: '1 here' }).filter({ hasText: 'Waiting for 1 more person' }).waitFor();

  ben = await person(browser, 'Ben Story');
  await ben.goto(address);
  for (const page of [ann, ben]) {
    await page.getByText('It has started.').waitFor();
    await page.getByRole('heading', { name: /^Waiting for/ }).waitFor({ state: 'detached' });
    assert.ok(await field(page).isEnabled());
  }
  await card(cleo, duo).filter({ hasText: '2 here' }).filter({ hasNotText: 'Waiting' }).waitFor();
  await ben.getByRole('button', { name: 'Leave', exact: true }).click();
  await card(cleo, duo).filter({ hasText: '1 here' }).waitFor();
  await card(ben, duo).click();
  await card(cleo, duo).filter({ hasText: '2 here' }).waitFor();
});

test('who is in another room, and loses the line there, misses no word of this one', async () => {
  await card(cleo, duo).click();
  await field(cleo).waitFor();
  await toLobby(cleo);
  await makeRoomHere(cleo, other);
  await talk(3);
  await strip(cleo).getByRole('link', { name: `${duo}, 3 new messages` }).waitFor();

  await cleo.context().setOffline(true);
  await say(cleo, 'into the dark');
  const dark = cleo.locator('.line').filter({ hasText: 'into the dark' }).getByText('Sending');
  await dark.waitFor();
  await talk(3);
  assert.equal(await strip(cleo).getByRole('link', { name: `${duo}, 3 new messages` }).count(), 1, 'the line is cut');
  await cleo.context().setOffline(false);
  await strip(cleo).getByRole('link', { name: `${duo}, 6 new messages` }).click();
  await talk(1);
  await message(cleo, spoken.at(-1)).waitFor();
  assert.deepEqual(await said(cleo), spoken);
  await strip(cleo).getByRole('link', { name: other }).click();
  await dark.waitFor({ state: 'detached' });
  assert.deepEqual(await said(cleo), ['into the dark']);
});

test('who leaves and comes back finds everything', async () => {
  await strip(cleo).getByRole('button', { name: `Leave ${duo}` }).click();
  await ann.getByRole('region', { name: 'People' }).getByText('Cleo Story').waitFor({ state: 'detached' });
  await talk(1);
  await toLobby(cleo);
  await card(cleo, duo).click();
  await message(cleo, spoken.at(-1)).waitFor();
  assert.deepEqual(await said(cleo), spoken);
  await ben.reload();
  await message(ben, spoken.at(-1)).waitFor();
  assert.deepEqual(await said(ben), spoken);
});

/** What HTTP says of a room, but for what names the request. */
async function lookedUp(token, room) {
  const answer = await fetch(`${base}/api/v1/rooms/${encodeURIComponent(room)}`, { headers: { Authorization: `Bearer ${token}` } });
  const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status: answer.status, headers, body: await answer.text() };
}
async function redeemed(token, room, secret) {
  const answer = await fetch(`${base}/api/v1/rooms/${encodeURIComponent(room)}/commands/room.redeem`, {
    method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: crypto.randomUUID(), body: { token: secret } }),
  });
  return { status: answer.status, ...(await answer.json()) };
}
/** What the socket answers to these joins, but for their numbers. */
const joined = (page, token, rooms) => page.evaluate(([token, rooms]) => new Promise((resolve, reject) => {
  const socket = new WebSocket(`ws://${location.host}/live`, 'houseful.v1');
  const answers = new Map();
  socket.onopen = () => {
    socket.send(JSON.stringify({ t: 'hello', ref: 1, token }));
    rooms.forEach((room, at) => socket.send(JSON.stringify({ t: 'join', ref: at + 2, room })));
  };
  socket.onclose = () => reject(new Error('the socket has closed'));
  socket.onmessage = ({ data }) => {
    for (const { ref, ...frame } of [JSON.parse(data)].flat()) if (ref >= 2 && frame.t !== 'pong') answers.set(ref, frame);
    if (answers.size < rooms.length) return;
    socket.onclose = null;
    socket.close();
    resolve(rooms.map((_, at) => answers.get(at + 2)));
  };
}), [token, rooms]);

test('a private room is none, by list, by name and by socket; a link lets in as many as it says', async () => {
  const [secret, later] = [fresh('Secret'), fresh('Later')];
  await toLobby(ben);
  const address = await makeRoom(ann, secret, { who: 'Invited only' });
  const room = new URL(address).pathname.slice(1);
  const absent = `${room.slice(0, -3)}${room.endsWith('zzz') ? 'yyy' : 'zzz'}`;
  await toLobby(ann);
  await makeRoomHere(ann, later);
  await card(ben, later).waitFor();
  assert.equal(await card(ben, secret).count(), 0);
  const [dora, eve] = [await account('Dora Story'), await account('Eve Story')];
  const headers = { Authorization: `Bearer ${dora}` };
  const { items } = await (await fetch(`${base}/api/v1/rooms?limit=100`, { headers })).json();
  assert.ok(items.some(({ title }) => title === later) && !items.some(({ title }) => title === secret));

  const none = await lookedUp(dora, absent);
  assert.equal(none.status, 404);
  assert.deepEqual(await lookedUp(dora, room), none);
  const [there, nowhere] = await joined(ben, dora, [room, absent]);
  assert.equal(nowhere.code, 'no_such_room');
  assert.deepEqual({ ...there, room: '' }, { ...nowhere, room: '' });
  const pages = [];
  for (const path of [absent, room]) {
    await ben.goto(`${base}/${path}`);
    await ben.getByRole('heading', { name: 'There’s no such room.' }).waitFor();
    pages.push([await ben.title(), await ben.locator('main').innerHTML()]);
  }
  assert.deepEqual(pages[0], pages[1]);

  await strip(ann).getByRole('link', { name: secret }).click();
  await ann.getByRole('button', { name: 'Invite' }).click();
  await ann.getByLabel('People it lets in').fill('2');
  await ann.getByRole('button', { name: 'Make a link' }).click();
  const link = await ann.getByLabel('Invitation link').inputValue();
  await ben.goto(link);
  await ben.getByRole('heading', { level: 1, name: secret }).waitFor();
  await ann.getByText(/^for 1 more person, until/).waitFor();
  const token = new URL(link).hash.split(/[#=]/).at(-1);
  assert.equal((await redeemed(dora, room, token)).status, 200);
  await ann.getByText('used up', { exact: true }).waitFor();
  const refused = await redeemed(eve, room, token);
  assert.ok(refused.status >= 400 && refused.status < 500, JSON.stringify(refused));
  assert.deepEqual({ ...refused, instance: '' }, { ...(await redeemed(eve, absent, token)), instance: '' });
  assert.deepEqual((await joined(ben, eve, [room]))[0].code, 'no_such_room');
  await cleo.goto(link);
  await cleo.getByRole('heading', { name: 'There’s no such room.' }).waitFor();
  assert.deepEqual([...ann.faults, ...ben.faults, ...cleo.faults], []);
});
