// What is for people's own programs and devices: tokens in the settings, webhooks at the desk, the service worker that shows
// a push. The push service itself is not here: what the browser gets from it is handed to it by the debugger.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, newPerson, openBrowser, signIn } from './harness.mjs';

let browser;
before(async () => void (browser = await openBrowser()));
after(() => browser.close());

test('a token is made, shown once, used and taken back', async () => {
  const page = await newPerson(browser);
  await signIn(page, 'organiser@demo.example');
  await page.goto(`${base}/settings`);
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('What it is for').fill('A screen at the door');
  await page.getByRole('checkbox', { name: /See who you are/ }).check();
  await page.getByRole('button', { name: 'Make the token' }).click();
  const token = await page.getByLabel('Your new token').inputValue();
  assert.match(token, /^hf_[0-9a-f]{72}$/);
  const ask = (path) => fetch(base + path, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await ask('/api/v1/me')).status, 200);
  assert.equal((await ask('/api/v1/me/tokens')).status, 403);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('button', { name: 'Take back A screen at the door' }).click();
  await page.getByRole('button', { name: 'Take it back for good' }).click();
  await page.getByText('That token works no more.').waitFor();
  assert.equal((await ask('/api/v1/me')).status, 401);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a webhook into the house is refused by name, another is made, tried out and removed', async () => {
  const page = await newPerson(browser);
  await signIn(page, 'organiser@demo.example');
  await page.goto(`${base}/desk/webhooks`);
  await page.getByRole('button', { name: 'New webhook' }).click();
  await page.getByLabel('Address').fill('https://167772161/hook');
  await page.getByRole('button', { name: 'Make the webhook' }).click();
  await page.getByText('url: This address is not on the public net.').waitFor();
  await page.getByLabel('Address').fill('https://hooks.invalid/houseful');
  await page.getByRole('button', { name: 'Make the webhook' }).click();
  assert.match(await page.getByLabel('Secret of https://hooks.invalid/houseful').inputValue(), /^whsec_/);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  const newest = page.getByRole('listitem').filter({ hasText: 'hooks.invalid' }).first();
  await newest.getByRole('button', { name: 'Try it out' }).click();
  await newest.getByText('Waiting', { exact: true }).waitFor();
  await newest.getByRole('button', { name: 'Remove', exact: true }).click();
  await newest.getByRole('button', { name: 'Remove it for good' }).click();
  await page.getByText('The webhook is removed.').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a push is shown by the service worker', async () => {
  const page = await newPerson(browser);
  await page.context().grantPermissions(['notifications'], { origin: base });
  await page.goto(base);
  const debug = await page.context().newCDPSession(page);
  const registered = new Promise((resolve) => {
    debug.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && resolve(registrations[0].registrationId));
  });
  await debug.send('ServiceWorker.enable');
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/sw.js', { scope: '/' });
    await navigator.serviceWorker.ready;
  });
  const push = (data) => registered.then((registrationId) => debug.send('ServiceWorker.deliverPushMessage', { origin: base, registrationId, data }));
  const shown = (count) =>
    page.evaluate(async (least) => {
      const worker = await navigator.serviceWorker.ready;
      for (;;) {
        const all = await worker.getNotifications();
        if (all.length >= least) return all.map(({ title, body, data }) => ({ title, body, path: data.path }));
        await new Promise((next) => setTimeout(next, 20));
      }
    }, count);
  await push(JSON.stringify({ title: 'Cancelled: Hamlet', body: 'Elsinore', path: '/events/7', tag: 'a' }));
  assert.deepEqual(await shown(1), [{ title: 'Cancelled: Hamlet', body: 'Elsinore', path: '/events/7' }]);
  await push(JSON.stringify({ title: 'Away', path: '//elsewhere.example/', tag: 'b' }));
  await push('no JSON at all');
  const all = await shown(3);
  const paths = Object.fromEntries(all.map(({ title, path }) => [title, path]));
  assert.deepEqual(paths, { 'Cancelled: Hamlet': '/events/7', Away: '/notifications', Houseful: '/notifications' });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
