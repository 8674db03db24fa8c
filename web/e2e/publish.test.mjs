// From nothing to an event that people come to, and to one that is called off: what the organiser does, and who sees it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { DEMO_PASSWORD, base, newPerson, openBrowser, seriousViolations, signIn, tabTo, tooWide } from './harness.mjs';

const ORGANISER = 'organiser@demo.example';
const GUEST = 'ann@demo.example';
let browser;
let organiser;
let ann;
before(async () => {
  browser = await openBrowser();
  [organiser, ann] = [await asker(ORGANISER), await asker(GUEST)];
});
after(() => browser?.close());

/** What a browser asks for, as one person or nobody. */
async function asker(email) {
  const post = { method: 'POST', headers: { 'X-Houseful': '1', 'Content-Type': 'application/json' } };
  const session = email && (await (await fetch(`${base}/api/v1/auth/sign-in`, { ...post, body: JSON.stringify({ email, password: DEMO_PASSWORD }) })).json());
  const headers = { ...(session ? { Authorization: `Bearer ${session.accessToken}` } : {}), 'Content-Type': 'application/json' };
  return async (path, body, method = 'POST') => {
    const sent = Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const answer = await fetch(`${base}/api/v1${path}`, body === undefined ? { headers } : { method, headers, body: sent });
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
  await tabTo(page, page.getByRole('button', { name: 'As others see it' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'As others see it' }).locator('strong', { hasText: 'songs' }).waitFor();
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
  const title = fresh('Behind doors');
  const { body: event } = await organiser('/events', facts(title, { visibility: 'private' }));
  await organiser(`/events/${event.id}/publish`, {});
  const guest = await newPerson(browser);
  await signIn(guest, GUEST);
  const { body: picture } = await organiser(`/events/${event.id}/picture`, await guest.screenshot(), 'PUT');
  assert.equal((await organiser(`/events/${event.id}/pictures/${picture.id}`)).status, 200);
  for (const ask of [await asker(null), ann]) {
    assert.equal((await ask(`/events/${event.id}`)).status, 404);
    assert.equal((await ask(`/events/${event.id}/pictures/${picture.id}`)).status, 404);
    const { body: found } = await ask(`/events?q=${encodeURIComponent(title)}`);
    assert.deepEqual(found.items, []);
    const { body: list } = await ask('/events?limit=100');
    assert.ok(!list.items.some((one) => one.id === event.id));
  }
  await guest.goto(`${base}/events/${event.id}`);
  await guest.getByRole('heading', { name: 'This event isn’t here.' }).waitFor();
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

async function command(who, event, name, body) {
  const path = `/rooms/${encodeURIComponent(event.room)}/commands/${name}`;
  const { status } = await who(path, { id: crypto.randomUUID(), body });
  assert.equal(status, 200, name);
}

/** Places without numbers. */
async function book(who, event, count) {
  await command(who, event, 'hold', { areas: [[0, count]] });
  await command(who, event, 'book', { payment: 'free' });
}

test('an event that is cancelled says so at once on a page that is open', async () => {
  const title = fresh('Called off');
  const { body: event } = await organiser('/events', facts(title));
  await organiser(`/events/${event.id}/publish`, {});
  await book(ann, event, 2);
  const guest = await newPerson(browser);
  await guest.goto(`${base}/events/${event.id}`);
  await guest.getByRole('heading', { level: 1, name: title }).waitFor();

  const desk = await newPerson(browser);
  await signIn(desk, ORGANISER);
  await desk.goto(`${base}/desk/events/${event.id}`);
  await desk.getByRole('button', { name: 'Cancel the event' }).click();
  const dialog = desk.getByRole('dialog');
  await dialog.getByText('1 booking is affected').waitFor();
  assert.deepEqual(await seriousViolations(desk), []);
  await dialog.getByRole('textbox').fill('The hall is flooded.');
  await dialog.getByRole('button', { name: 'Cancel the event' }).click();
  await desk.getByText('“The hall is flooded.”').waitFor();
  assert.equal(await desk.getByRole('button', { name: 'Edit', exact: true }).count(), 0);
  await guest.getByText('This event is cancelled.').waitFor();
  await guest.getByText('The hall is flooded.').waitFor();

  await desk.goto(`${base}/desk`);
  await desk.getByRole('searchbox', { name: 'Find an event' }).fill(title);
  await desk.getByRole('row').filter({ hasText: title }).getByText('Cancelled').waitFor();
  assert.deepEqual([...guest.faults, ...desk.faults], []);
  await guest.context().close();
  await desk.context().close();
});

test('a team, a smaller house, a table of bookings, and the same again', async () => {
  const title = fresh('Run well');
  const { body: event } = await organiser('/events', facts(title));
  await organiser(`/events/${event.id}/publish`, {});
  await book(ann, event, 3);
  const { body: me } = await ann('/me');
  const desk = await newPerson(browser);
  await signIn(desk, ORGANISER);
  await desk.goto(`${base}/desk/events/${event.id}`);
  await desk.locator('[data-bookings]', { hasText: '1 · 3 places' }).waitFor();

  await desk.getByRole('button', { name: 'Change capacity' }).click();
  const size = desk.getByRole('dialog');
  await size.getByRole('spinbutton').fill('2');
  await size.getByRole('button', { name: 'Save' }).click();
  await size.getByRole('button', { name: 'Make it 3' }).click();
  await size.getByRole('button', { name: 'Save' }).click();
  await desk.locator('[data-capacity]', { hasText: /^3 places$/ }).waitFor();

  const download = desk.waitForEvent('download');
  await desk.getByRole('button', { name: 'Save as CSV' }).click();
  assert.match(await readFile(await (await download).path(), 'utf8'), new RegExp(`,${GUEST},`));

  await desk.getByRole('tab', { name: 'People' }).click();
  await desk.getByRole('searchbox', { name: /^Add someone/ }).fill(String(me.id));
  await desk.getByRole('button', { name: /^Add / }).click();
  const role = desk.getByRole('combobox', { name: /^What .* does$/ });
  await role.waitFor();
  assert.equal(await role.inputValue(), 'box_office');
  await desk.getByRole('tab', { name: 'People' }).press('ArrowRight');
  await desk.getByText('changed the capacity').waitFor();
  await desk.getByText('changed the team').waitFor();
  assert.deepEqual(await seriousViolations(desk), []);

  const helper = await newPerson(browser, { phone: true, dark: true });
  await signIn(helper, GUEST);
  await helper.goto(`${base}/desk/events/${event.id}`);
  await helper.locator('[data-bookings]').waitFor();
  assert.equal(await helper.getByRole('button', { name: 'Edit', exact: true }).count(), 0);
  assert.equal(await helper.getByRole('tab', { name: 'Changes' }).count(), 0);
  assert.equal(await tooWide(helper), 0);
  assert.deepEqual(await seriousViolations(helper), []);

  await desk.getByRole('button', { name: 'Run it again' }).click();
  const again = desk.getByRole('dialog');
  await again.getByRole('textbox', { name: 'Title' }).fill(`${title}, again`);
  await again.getByLabel('Date').fill(`${nextYear}-06-06`);
  await again.getByRole('button', { name: 'Create draft' }).click();
  await desk.getByRole('heading', { level: 1, name: `${title}, again` }).waitFor();
  await desk.getByRole('button', { name: 'Publish' }).waitFor();
  assert.deepEqual([...helper.faults, ...desk.faults], []);
  await helper.context().close();
  await desk.context().close();
});

test('who waits for a place and who follows is to be seen at the desk', async () => {
  const { body: event } = await organiser('/events', facts(fresh('Waited for'), { capacity: 1 }));
  await organiser(`/events/${event.id}/publish`, {});
  await book(organiser, event, 1);
  await command(ann, event, 'queue', { count: 1 });
  const desk = await newPerson(browser);
  await signIn(desk, ORGANISER);
  await desk.goto(`${base}/desk/events/${event.id}`);
  await desk.getByText('1 person waits for 1 place.').waitFor();
  assert.equal((await ann(`/events/${event.id}/follow`, {}, 'PUT')).status, 200);
  await desk.getByRole('tab', { name: 'People' }).click();
  await desk.locator('[data-followers]', { hasText: /^1$/ }).waitFor();
  await desk.getByRole('region', { name: /Followers/ }).getByText('Ann Miller').waitFor();
  assert.deepEqual(desk.faults, []);
  await desk.context().close();
});
