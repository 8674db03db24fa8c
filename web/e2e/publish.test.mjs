// From nothing to an event that people come to, and to one that is called off: what the organiser does, and who sees it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DEMO_PASSWORD, base, newPerson, openBrowser, seriousViolations, signIn, signUp, tabTo, tooWide } from './harness.mjs';

const ORGANISER = 'organiser@demo.example';
const GUEST = 'ann@demo.example';
let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());

/** What a browser asks for, as one person or nobody. */
async function asker(email) {
  const post = { method: 'POST', headers: { 'X-Houseful': '1', 'Content-Type': 'application/json' } };
  const session = email && (await (await fetch(`${base}/api/v1/auth/sign-in`, { ...post, body: JSON.stringify({ email, password: DEMO_PASSWORD }) })).json());
  const headers = { ...(session ? { Authorization: `Bearer ${session.accessToken}` } : {}), 'Content-Type': 'application/json' };
  return async (path, body) => {
    const answer = await fetch(`${base}/api/v1${path}`, body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text };
  };
}

const nextYear = new Date().getFullYear() + 1;
const facts = (title, more = {}) => ({
  title, startsAt: `${nextYear}-05-05T18:00:00Z`, timeZone: 'Europe/Berlin', place: 'Test Hall', currency: 'EUR', capacity: 20, ...more,
});
let made = 0;
const fresh = (name) => `${name} ${Date.now()}-${++made}`;

test('from nothing to a published event with a picture, with the keyboard alone', async () => {
  const page = await newPerson(browser);
  await signIn(page, ORGANISER);
  const picture = await page.screenshot();
  const title = fresh('By keys');
  const press = async (target, key = 'Enter') => {
    await tabTo(page, target);
    await page.keyboard.press(key);
  };
  const type = async (target, text) => {
    await tabTo(page, target);
    await page.keyboard.type(text);
  };
  await press(page.getByRole('link', { name: 'Organiser’s desk' }));
  await press(page.getByRole('link', { name: 'New event' }));
  await type(page.getByRole('textbox', { name: 'Title', exact: true }), title);
  await type(page.getByRole('textbox', { name: 'Description' }), 'With **songs**, and a pause.');
  await press(page.getByRole('button', { name: 'As others see it' }), 'Shift+Tab').catch(() => {});
  // Day and month are the same, so that their order is all one.
  await type(page.getByLabel('Date', { exact: true }), `0505${nextYear}`);
  assert.equal(await page.getByLabel('Date', { exact: true }).inputValue(), `${nextYear}-05-05`);
  await type(page.getByRole('textbox', { name: 'Place', exact: true }), 'Small Stage');
  await tabTo(page, page.getByRole('radio', { name: /^Public/ }));
  await page.keyboard.press('ArrowDown');
  assert.ok(await page.getByRole('radio', { name: /^Unlisted/ }).isChecked());
  await page.keyboard.press('ArrowUp');
  const chooser = page.waitForEvent('filechooser');
  await press(page.getByRole('button', { name: 'Choose a picture' }));
  await (await chooser).setFiles({ name: 'hall.png', mimeType: 'image/png', buffer: picture });
  await page.getByRole('img', { name: 'The picture of the event' }).waitFor();
  await tabTo(page, page.getByRole('radio', { name: /^Seats/ }));
  await page.keyboard.press('ArrowDown');
  await tabTo(page, page.getByRole('spinbutton', { name: /^People/ }));
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('40');
  await press(page.getByRole('button', { name: 'Create draft' }));
  await page.waitForURL(/\/desk\/events\//);
  const id = page.url().split('/').at(-1);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  assert.match(await page.getByRole('listitem').filter({ hasText: 'A picture' }).innerText(), /done/);
  assert.equal((await (await asker(null))(`/events/${id}`)).status, 404);
  await press(page.getByRole('button', { name: 'Publish' }));
  await page.getByText('On sale. Share the link:').waitFor();

  const { body } = await (await asker(null))(`/events/${id}`);
  assert.equal(body.capacity, 40);
  const shown = await fetch(`${base}/api/v1/events/${id}/pictures/${body.picture}?width=480`);
  assert.equal(shown.headers.get('content-type'), 'image/jpeg');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a private event is not there for whom it does not know, and comes when they are invited', async () => {
  const organiser = await asker(ORGANISER);
  const title = fresh('Behind doors');
  const { body: event } = await organiser('/events', facts(title, { visibility: 'private' }));
  await organiser(`/events/${event.id}/publish`, {});
  for (const email of [null, GUEST]) {
    const ask = await asker(email);
    assert.equal((await ask(`/events/${event.id}`)).status, 404, `by address, as ${email}`);
    const { body: found } = await ask(`/events?q=${encodeURIComponent(title)}`);
    assert.deepEqual(found.items, [], `by search, as ${email}`);
    const { body: list } = await ask('/events?limit=100');
    assert.ok(!list.items.some((one) => one.id === event.id), `by list, as ${email}`);
  }
  const guest = await newPerson(browser);
  await signIn(guest, GUEST);
  await guest.goto(`${base}/events/${event.id}`);
  await guest.getByText('This event isn’t here').or(guest.getByRole('heading', { level: 1 })).first().waitFor();
  assert.equal(await guest.getByText(title).count(), 0);
  await guest.goto(base);
  await guest.locator('a.event').first().waitFor();
  assert.equal(await guest.getByText(title).count(), 0);

  const desk = await newPerson(browser);
  await signIn(desk, ORGANISER);
  await desk.goto(`${base}/desk/events/${event.id}`);
  await desk.getByRole('tab', { name: 'People' }).click();
  await desk.getByRole('textbox', { name: 'E-mail addresses' }).fill(`${GUEST}, nobody@demo.example`);
  await desk.getByRole('button', { name: 'Invite' }).click();
  await desk.getByText('2 addresses were taken.').waitFor();
  // Live: the guest's page was open all the time.
  await guest.getByText(title).first().waitFor();
  await guest.goto(`${base}/events/${event.id}`);
  await guest.getByRole('heading', { level: 1, name: title }).waitFor();
  assert.deepEqual([...guest.faults, ...desk.faults], []);
  await guest.context().close();
  await desk.context().close();
});
