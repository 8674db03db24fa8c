// A house that is full: somebody waits, is offered the place that comes back, takes it, and holds up a ticket.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DEMO_PASSWORD, base, createAccount, newPerson, openBrowser, seriousViolations, tooWide } from './harness.mjs';

const title = `Full ${process.pid}-${Date.now()}`;
let browser;
let event;
let ann;
let ben;

async function ask(path, token, body) {
  const headers = { 'X-Houseful': '1', 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(`${base}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

/** Two places without numbers; by HTTP, because how it is made is another test's. */
async function makeEvent() {
  const { accessToken } = await ask('/auth/sign-in', null, { email: 'organiser@demo.example', password: DEMO_PASSWORD });
  const startsAt = new Date(Date.now() + 50 * 24 * 3_600_000).toISOString();
  const facts = { title, startsAt, timeZone: 'Europe/Lisbon', currency: 'EUR', place: 'Test Hall', capacity: 2, limitPerPerson: 2 };
  const { id } = await ask('/events', accessToken, facts);
  await ask(`/events/${id}/publish`, accessToken, {});
  return id;
}

async function person(name, options) {
  const page = await newPerson(browser, options);
  await page.goto(`${base}/events/${event}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Sign in' }).first().click();
  await createAccount(page, name);
  return page;
}

before(async () => {
  browser = await openBrowser();
  event = await makeEvent();
  ann = await person('Ann Full');
  ben = await person('Ben Full', { phone: true });
});
after(() => browser?.close());

test('tickets have a code for each place, by themselves on a bright screen', async () => {
  await ann.getByRole('button', { name: 'List', exact: true }).click();
  const more = ann.getByRole('button', { name: 'General admission One more' });
  await more.click();
  await more.click();
  await ann.getByRole('button', { name: 'Book free tickets' }).click();
  await ann.getByRole('heading', { name: 'You’re in.' }).waitFor();
  await ann.getByRole('link', { name: 'Your bookings' }).last().click();
  await ann.getByRole('link', { name: 'Show tickets' }).click();
  await ann.getByRole('img', { name: 'QR code for General admission' }).nth(1).waitFor();
  assert.deepEqual(await seriousViolations(ann), []);
  await ann.getByRole('button', { name: 'Bright screen' }).first().click();
  await ann.getByRole('dialog').getByRole('img', { name: 'QR code for General admission' }).waitFor();
  await ann.keyboard.press('Escape');
  await ann.getByRole('dialog').waitFor({ state: 'detached' });
});

test('whoever waits is offered what comes back, and takes it', async () => {
  await ben.getByRole('button', { name: 'Wait for a place' }).click();
  await ben.getByText('You’re waiting for one place.').waitFor();
  assert.deepEqual(await seriousViolations(ben), []);
  await ann.getByRole('link', { name: 'Your bookings' }).last().click();
  await ann.getByRole('button', { name: 'Cancel booking' }).click();
  await ann.getByRole('button', { name: 'Cancel the booking' }).click();
  await ann.getByText('Cancelled', { exact: true }).waitFor();

  await ben.getByText('A place is kept for you.').waitFor();
  assert.deepEqual(await seriousViolations(ben), []);
  assert.equal(await tooWide(ben), 0);
  await ben.getByRole('button', { name: 'Take the place' }).click();
  await ben.getByRole('button', { name: 'Book free tickets' }).click();
  await ben.getByRole('heading', { name: 'You’re in.' }).waitFor();
  assert.deepEqual([ann.faults, ben.faults], [[], []]);
});
