// Somebody finds an event, follows it, books it, and hears of what changes: in the page, in another tab, the next day.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, createEvent, freshEmail, newPerson, openBrowser, seriousViolations, signIn, signUp, tabTo, tooWide } from './harness.mjs';

const DAY_MS = 24 * 3_600_000;
const title = `Follow ${process.pid}-${Date.now()}`;

let browser;
let organiser;
let ann;
let event;

before(async () => {
  browser = await openBrowser();
  organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  event = await createEvent(organiser, title, { free: true });
  ann = await newPerson(browser);
});
after(() => browser?.close());

const search = (page) => page.getByRole('searchbox', { name: 'Search events' });
const found = (page) => page.locator('.programme').getByRole('link', { name: title });
const bell = (page) => page.getByRole('link', { name: /^Notifications/ }).first();
const unread = (page, count) => page.getByRole('link', { name: count ? `Notifications, ${count} unread` : 'Notifications', exact: true }).first();
const follow = (page, pressed) => page.getByRole('button', { name: `${pressed ? 'Following' : 'Follow'} “${title}”`, pressed });
const came = (page, text) => page.locator('[data-came]').getByText(text);

/** As the desk's form does, by HTTP: what is looked at here is who hears of it. */
async function move(days) {
  const answer = await organiser.evaluate(async ([event, by]) => {
    const { accessToken } = await (await fetch('/api/v1/auth/refresh', { method: 'POST', headers: { 'X-Houseful': '1' } })).json();
    const headers = { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' };
    const now = await (await fetch(`/api/v1/events/${event}`, { headers })).json();
    const body = JSON.stringify({ startsAt: new Date(Date.parse(now.startsAt) + by).toISOString() });
    return (await fetch(`/api/v1/events/${event}`, { method: 'PATCH', headers: { ...headers, 'If-Match': now.etag }, body })).status;
  }, [event, days * DAY_MS]);
  assert.equal(answer, 200);
}

/** In the dialog that has opened. */
async function createAccountByKeys(name) {
  const dialog = ann.getByRole('dialog');
  await dialog.waitFor();
  await tabTo(ann, dialog.getByRole('tab', { selected: true }));
  await ann.keyboard.press('ArrowRight');
  await dialog.getByRole('tab', { name: 'Create account', selected: true }).waitFor();
  const words = [['Name', name], ['E-mail', freshEmail()], ['Password', 'a long and quiet evening']];
  for (const [field, text] of words) {
    await tabTo(ann, dialog.getByLabel(field));
    await ann.keyboard.type(text);
  }
  await ann.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await ann.getByRole('button', { name: `Account: ${name}` }).waitFor();
}

test('by the keyboard alone: found by its name, followed, booked', async () => {
  await ann.goto(base);
  await tabTo(ann, search(ann));
  await ann.keyboard.type(title);
  await ann.getByText('1 event', { exact: true }).waitFor({ state: 'attached' });
  await tabTo(ann, found(ann));
  await ann.keyboard.press('Enter');
  await ann.getByRole('heading', { name: title, level: 1 }).waitFor();
  await tabTo(ann, follow(ann, false));
  await ann.keyboard.press('Enter');
  await createAccountByKeys('Ann Follow');
  await follow(ann, true).waitFor();
  assert.deepEqual(await seriousViolations(ann), []);

  await tabTo(ann, ann.getByRole('button', { name: 'List', exact: true }));
  await ann.keyboard.press('Enter');
  const section = ann.getByRole('button', { name: /^Front/ }).last();
  await tabTo(ann, section);
  await ann.keyboard.press('Enter');
  const row = ann.getByRole('button', { name: /^Row A \d/ });
  await row.waitFor();
  if ((await row.getAttribute('aria-expanded')) !== 'true') {
    await tabTo(ann, row);
    await ann.keyboard.press('Enter');
  }
  await tabTo(ann, ann.getByRole('button', { name: /^Row A, Seat 1, / }));
  await ann.keyboard.press('Enter');
  const book = ann.getByRole('button', { name: 'Book free tickets' });
  await tabTo(ann, book, 'Shift+Tab');
  await ann.keyboard.press('Enter');
  await ann.getByRole('heading', { name: 'You’re in.' }).waitFor();
  await came(ann, `You’ve booked ${title}.`).waitFor();
  await unread(ann, 1).waitFor();
});

test('a new time is told at once, without taking the focus; read in one tab it is read in the other', async () => {
  const other = await ann.context().newPage();
  other.faults = [];
  await other.goto(base);
  await unread(other, 1).waitFor();
  await search(ann.context().pages()[1]).focus();
  await move(1);
  await came(other, `${title} has a new time.`).waitFor();
  assert.ok(await search(other).evaluate((element) => element === document.activeElement), 'the focus stays');
  await unread(ann, 2).waitFor();
  await ann.getByText(/^Moved\. It was to be on/).waitFor();

  await bell(other).click();
  await other.getByRole('link', { name: `${title} has a new time.` }).waitFor();
  await other.getByText(/^It was to be/).waitFor();
  await unread(other, 0).waitFor();
  await unread(ann, 0).waitFor();
  assert.deepEqual(await seriousViolations(other), []);
  await other.getByRole('link', { name: `${title} has a new time.` }).click();
  await other.waitForURL(new RegExp(`/events/${event}$`));
  assert.deepEqual(other.faults, []);
  await other.close();
});

test('who wasn’t there finds it when they come again', async () => {
  const address = ann.url();
  await ann.goto('about:blank');
  await move(1);
  await ann.goto(address);
  await unread(ann, 1).waitFor();
  await bell(ann).click();
  await ann.locator('li.fresh').filter({ hasText: `${title} has a new time.` }).waitFor();
  await unread(ann, 0).waitFor();
});

test('bookings and settings: what was booked, what is followed and no longer, a calendar', async () => {
  await ann.getByRole('button', { name: /^Account/ }).click();
  await ann.getByRole('link', { name: 'Settings' }).click();
  const reminders = ann.getByRole('checkbox', { name: 'Reminders: By mail' });
  await reminders.uncheck();
  await ann.getByText('Saved.').waitFor();
  await ann.getByRole('button', { name: '2 hours before', exact: true }).click();
  await ann.getByRole('button', { name: '2 hours before', exact: true, pressed: true }).waitFor();
  await ann.reload();
  await ann.getByRole('button', { name: '2 hours before', exact: true, pressed: true }).waitFor();
  assert.equal(await reminders.isChecked(), false);

  await ann.getByRole('button', { name: 'Make an address' }).click();
  const address = await ann.getByLabel('Address of your calendar').inputValue();
  const feed = () => ann.evaluate(async (url) => { const answer = await fetch(url); return [answer.status, await answer.text()]; }, address);
  const [status, text] = await feed();
  assert.equal(status, 200);
  // Long lines are folded.
  assert.ok(text.replaceAll(/\r\n[ \t]/g, '').includes(title));
  await ann.getByRole('button', { name: 'Make it worthless' }).click();
  await ann.getByText('No address of your calendar works any more.').waitFor();
  assert.equal((await feed())[0], 404);

  await ann.getByRole('button', { name: `Unfollow ${title}` }).click();
  await ann.getByText('You follow nothing yet.').waitFor();
  assert.deepEqual(await seriousViolations(ann), []);
  assert.equal(await tooWide(ann), 0);
  await ann.goto(`${base}/bookings`);
  await ann.getByRole('heading', { name: title }).waitFor();
  assert.deepEqual(await seriousViolations(ann), []);
  assert.deepEqual(ann.faults, []);
});

test('on a phone: chips narrow the programme, and the past is another list', async () => {
  const ben = await newPerson(browser, { phone: true, dark: true });
  await signUp(ben, 'Ben Follow');
  const chip = (name) => ben.getByRole('button', { name, exact: true });
  await search(ben).fill(title);
  await found(ben).waitFor();
  await chip('Today').click();
  await ben.getByRole('heading', { name: `Nothing matches “${title}”.` }).waitFor();
  await chip('Later').click();
  await found(ben).waitFor();
  await chip('Film').click();
  await found(ben).waitFor({ state: 'detached' });
  await chip('Film').click();
  await found(ben).waitFor();
  await chip('Past').click();
  await found(ben).waitFor({ state: 'detached' });
  assert.deepEqual(await seriousViolations(ben), []);
  assert.equal(await tooWide(ben), 0);
  await ben.context().close();
});
