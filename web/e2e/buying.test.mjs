// Buying in every way it is offered: keyboard on the map, list, phone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, createAccount, createEvent, newPerson, openBrowser, openList, openRow, seat, signIn, signUp } from './harness.mjs';

let browser;
let paid;
let free;

before(async () => {
  browser = await openBrowser();
  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  paid = await createEvent(organiser, `Paid ${Date.now()}`);
  free = await createEvent(organiser, `Free ${Date.now()}`, { free: true });
  await organiser.context().close();
});
after(() => browser?.close());

test('with the keyboard alone, on the map', async () => {
  const page = await newPerson(browser);
  await signUp(page, 'Kay Board');
  await page.goto(`${base}/events/${paid}`);
  const map = page.getByRole('application');
  await map.focus();
  await page.keyboard.press('ArrowDown');
  const cursor = page.locator('#map-seat');
  await cursor.waitFor();
  const first = await cursor.getAttribute('aria-label');
  await page.keyboard.press('ArrowUp');
  assert.notEqual(await cursor.getAttribute('aria-label'), first);
  await page.keyboard.press('+');
  await page.keyboard.press('0');
  await page.keyboard.press('Enter');
  await page.getByText(/Held for you/).waitFor();
  assert.match(await cursor.getAttribute('aria-label'), /yours, held$/);
  const book = page.getByRole('button', { name: /pay at the door/ });
  await book.focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-code]').waitFor();
  await page.context().close();
});

test('from the list, free of charge, then cancelled', async () => {
  const page = await newPerson(browser);
  await openList(page, free);
  await openRow(page, 'A');
  await seat(page, 'A', 1, 'available').click();
  await createAccount(page, 'Lis Tener');
  await seat(page, 'A', 1, 'yours, held').waitFor();
  await page.getByRole('button', { name: 'Book free tickets' }).click();
  const code = await page.locator('[data-code]').innerText();
  await page.goto(`${base}/bookings`);
  await page.getByText(code).waitFor();
  await page.getByRole('button', { name: 'Cancel booking' }).click();
  await page.getByRole('button', { name: 'Cancel the booking' }).click();
  await page.getByText('Cancelled').waitFor();
  await openList(page, free);
  await openRow(page, 'A');
  await seat(page, 'A', 1, 'available').waitFor();
  await page.context().close();
});

test('on a phone: section, seat, sheet, code', async () => {
  const page = await newPerson(browser, { phone: true });
  await page.goto(`${base}/events/${paid}`);
  await page.getByRole('button', { name: 'Best for me' }).tap();
  await createAccount(page, 'Pho Ne');
  await page.getByText(/Held for you/).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px too wide`);
  await page.getByRole('button', { name: /pay at the door/ }).tap();
  await page.locator('[data-code]').waitFor();
  await page.getByRole('button', { name: 'Back to the map' }).tap();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a tap on the map holds the seat under it, another lets it go', async () => {
  const page = await newPerson(browser);
  await signUp(page, 'Tap Per');
  await page.goto(`${base}/events/${paid}`);
  const map = page.getByRole('application');
  await map.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const ring = page.locator('#map-seat');
  const box = await ring.boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.getByText(/Held for you/).waitFor();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.getByText(/Held for you/).waitFor({ state: 'detached' });
  await page.context().close();
});

test('places without numbers, by count', async () => {
  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  const id = await createEvent(organiser, `Standing ${Date.now()}`, { area: 40 });
  const page = await newPerson(browser);
  await signUp(page, 'Stan Ding');
  await page.goto(`${base}/events/${id}`);
  await page.getByRole('button', { name: /^Standing area, 40 of 40 places left/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /One more/ }).click();
  await dialog.getByRole('button', { name: /^Take/ }).click();
  await page.getByText('Standing area × 2').waitFor();
  await organiser.locator('[data-count=held] dd', { hasText: /^2$/ }).waitFor();
  await organiser.getByRole('button', { name: /^Standing area/ }).click();
  await organiser.getByLabel('Places not for sale').fill('5');
  await organiser.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: /^Standing area, 33 of 40 places left/ }).waitFor();
  await page.getByRole('button', { name: 'Let Standing area go' }).click();
  await page.getByRole('button', { name: /^Standing area, 35 of 40 places left/ }).waitFor();
  await organiser.context().close();
  await page.context().close();
});

test('a cart is told of on every page, and leads back to its own', async () => {
  const page = await newPerson(browser);
  await signUp(page, 'Way Farer');
  await page.goto(`${base}/events/${paid}`);
  await page.getByRole('button', { name: 'Best for me' }).click();
  await page.getByText(/Held for you/).waitFor();
  const link = page.getByRole('link', { name: /^2 held/ });
  assert.equal(await link.count(), 0);
  await page.getByRole('link', { name: 'houseful, to the events' }).click();
  await link.waitFor();
  assert.match(await link.innerText(), /^2 held\s*·\s*(10:00|9:\d\d)$/);
  const other = await page.context().newPage();
  await other.goto(`${base}/bookings`);
  await other.getByRole('link', { name: /^2 held/ }).click();
  await other.getByText(/Held for you/).waitFor();
  await other.getByRole('button', { name: /^Let .* go$/ }).first().click();
  await page.getByRole('link', { name: /^1 held/ }).waitFor();
  await other.getByRole('button', { name: /^Let .* go$/ }).first().click();
  await link.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: /held/ }).waitFor({ state: 'detached' });
  await page.context().close();
});
