// The house behind a proxy that lets no WebSocket through: one, and one that takes each request to another of the
// server's listeners. The page finds the other way by itself, and again when the proxy drops everything.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './program.mjs';
import { openProxy } from './proxy.mjs';

let server;
let browser;
let harness;
let meeting;
let event;

before(async () => {
  server = await startServer({ words: ['--demo'], listeners: 2 });
  [process.env.HOUSEFUL_URL] = server.urls;
  // Only now, for it reads the address when it is loaded.
  harness = await import('./harness.mjs');
  meeting = await import('./meeting.mjs');
  browser = await harness.openBrowser();
  event = await harness.openEvent(browser, 'Proxied');
});
after(async () => {
  await browser?.close();
  for (const proxy of proxies) await proxy.close();
  await server?.stop();
});

const proxies = [];
async function proxyOf(urls, options) {
  const proxy = await openProxy(urls, options);
  proxies.push(proxy);
  return proxy;
}

async function guest(name, proxy) {
  const page = await harness.newPerson(browser);
  page.sockets = 0;
  // A socket of the page that ever heard anything.
  page.on('websocket', (socket) => socket.on('framereceived', () => page.sockets++));
  await harness.signUp(page, name, proxy.url);
  await harness.openList(page, event, proxy.url);
  return page;
}

/** Holds that seat on one page, sees it on the other, and back. */
async function holdAndSee(ann, ben, row) {
  const { openRow, seat } = harness;
  for (const page of [ann, ben]) await openRow(page, row);
  for (const [holder, other, number] of [[ann, ben, 3], [ben, ann, 9]]) {
    await seat(holder, row, number, 'available').click();
    await seat(holder, row, number, 'yours, held').waitFor();
    await seat(other, row, number, 'held by someone').waitFor();
  }
}

async function talk(ann, ben, word) {
  const { field, message, say } = meeting;
  for (const page of [ann, ben]) {
    if (!(await field(page).isVisible())) await page.getByRole('button', { name: /^Chat/ }).click();
    await field(page).waitFor();
  }
  for (const [speaker, other] of [[ann, ben], [ben, ann]]) {
    await say(speaker, `${word} of ${speaker === ann ? 'Ann' : 'Ben'}`);
    await message(other, `${word} of ${speaker === ann ? 'Ann' : 'Ben'}`).waitFor();
  }
}

const streams = (proxy) => proxy.passed.filter(({ path }) => path === '/live/sse');
const posts = (proxy) => proxy.passed.filter(({ path }) => path === '/live/sse/messages');

async function anEvening(proxy, row) {
  const [ann, ben] = [await guest('Ann Proxied', proxy), await guest('Ben Proxied', proxy)];
  await holdAndSee(ann, ben, row);
  await talk(ann, ben, `row ${row}, first word`);
  const before = streams(proxy).length;
  proxy.drop();
  await talk(ann, ben, `row ${row}, second word`);
  await ann.getByRole('button', { name: /pay at the door/ }).click();
  await ann.locator('[data-code]').waitFor();
  await harness.seat(ben, row, 3, 'booked').waitFor();
  assert.ok(streams(proxy).length >= before + 2, 'both came back');
  assert.equal(ann.sockets + ben.sockets, 0, 'no WebSocket ever said anything');
  assert.ok(proxy.passed.some(({ method }) => method === 'UPGRADE'), 'it was tried');
  assert.deepEqual([...ann.faults, ...ben.faults], []);
  for (const page of [ann, ben]) await page.context().close();
}

test('a proxy that refuses every upgrade', async () => {
  const proxy = await proxyOf([server.urls[0]]);
  await anEvening(proxy, 'B');
});

test('a proxy that remembers nobody, before two listeners', async () => {
  const proxy = await proxyOf(server.urls);
  await anEvening(proxy, 'C');
  assert.equal(server.urls.length, 2);
  for (const all of [streams(proxy), posts(proxy)]) {
    assert.equal(new Set(all.map(({ backend }) => backend)).size, 2, 'both listeners had some of both');
  }
});

test('the same evening fails without the other way, and needs none where sockets pass', async () => {
  const proxy = await proxyOf([server.urls[0]]);
  const page = await harness.newPerson(browser);
  // The other way is shut: nothing is live, and the page says so.
  await page.route('**/live/sse', (route) => route.abort());
  await harness.signUp(page, 'Cut Off', proxy.url);
  await page.goto(`${proxy.url}/rooms/cooking`);
  await page.getByText('Reconnecting. What you see may be a moment old.').waitFor();
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 0);
  assert.equal(streams(proxy).length, 0);

  const open = await proxyOf([server.urls[0]], { upgrades: true });
  const [ann, ben] = [await guest('Ann Open', open), await guest('Ben Open', open)];
  await holdAndSee(ann, ben, 'A');
  assert.ok(ann.sockets > 0 && ben.sockets > 0);
  assert.equal(streams(open).length, 0);
  for (const one of [page, ann, ben]) await one.context().close();
});
