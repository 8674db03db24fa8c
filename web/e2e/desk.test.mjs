// The organiser's evening: create, publish, block, see who books.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, createEvent, newPerson, openBrowser, openList, openRow, seat, signIn, signUp } from './harness.mjs';

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());

test('create, publish, block, and watch a booking arrive', async () => {
  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  const title = `Desk ${Date.now()}`;
  const id = await createEvent(organiser, title);
  const count = (key) => organiser.locator(`[data-count=${key}] dd`);
  await organiser.locator('[data-count=free] dd', { hasText: '72' }).waitFor();

  const map = organiser.getByRole('application');
  await map.focus();
  await organiser.keyboard.press('ArrowDown');
  await organiser.keyboard.press('Enter');
  await organiser.getByRole('button', { name: 'Block', exact: true }).click();
  await organiser.locator('[data-count=blocked] dd', { hasText: /^1$/ }).waitFor();

  const guest = await newPerson(browser);
  await signUp(guest, 'Gus Guest');
  await guest.getByText(title).waitFor();
  await openList(guest, id);
  await openRow(guest, 'A');
  await seat(guest, 'A', 1, 'available').click();
  await organiser.locator('[data-count=held] dd', { hasText: /^1$/ }).waitFor();
  await guest.getByRole('button', { name: /pay at the door/ }).click();
  await guest.locator('[data-code]').waitFor();
  await organiser.locator('[data-count=booked] dd', { hasText: /^1$/ }).waitFor();
  await organiser.getByRole('cell', { name: /Gus Guest/ }).waitFor();

  await organiser.getByRole('button', { name: /^Cancel / }).click();
  await organiser.getByRole('button', { name: 'Cancel the booking' }).click();
  await organiser.locator('[data-count=booked] dd', { hasText: /^0$/ }).waitFor();
  assert.equal(await count('free').innerText(), '71');
  assert.deepEqual([...organiser.faults, ...guest.faults], []);
  await guest.context().close();
  await organiser.context().close();
});

test('a guest finds no desk', async () => {
  const guest = await newPerson(browser);
  await signUp(guest, 'Cur Ious');
  await guest.goto(`${base}/desk`);
  await guest.getByText('This is for organisers.').waitFor();
  await guest.context().close();
});
