// Several people at one house: what one does, the others see.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAccount, newPerson, openBrowser, openEvent, openList, openRow, seat, signUp } from './harness.mjs';

let browser;
let event;

before(async () => {
  browser = await openBrowser();
  event = await openEvent(browser, `Together ${Date.now()}`);
});
after(() => browser?.close());

test('a hold, a booking and a refusal are seen by everyone they concern', async () => {
  const ann = await newPerson(browser);
  const ben = await newPerson(browser);
  await openList(ann, event);
  await openRow(ann, 'B');
  await openList(ben, event);
  await openRow(ben, 'B');

  await seat(ann, 'B', 3, 'available').click();
  await createAccount(ann, 'Ann Early');
  await seat(ann, 'B', 3, 'yours, held').waitFor();
  await ann.getByText(/Held for you · (10:00|9:\d\d)/).waitFor();
  await seat(ben, 'B', 3, 'held by someone').waitFor();

  const second = await ann.context().newPage();
  await openList(second, event);
  await openRow(second, 'B');
  await seat(second, 'B', 3, 'yours, held').waitFor();

  await ann.getByRole('button', { name: /pay at the door/ }).click();
  await ann.locator('[data-code]').waitFor();
  const code = await ann.locator('[data-code]').innerText();
  assert.match(code, /\S{4,}/);
  await seat(ben, 'B', 3, 'booked').waitFor();
  await seat(second, 'B', 3, 'yours, booked').waitFor();

  await ann.reload();
  await ann.locator('[data-code]').waitFor();
  assert.equal(await ann.locator('[data-code]').innerText(), code);
  assert.deepEqual([...ann.faults, ...ben.faults], []);
  await ann.context().close();
  await ben.context().close();
});

test('who comes second is refused kindly and offered what is near', async () => {
  const ann = await newPerson(browser);
  const ben = await newPerson(browser);
  await signUp(ann, 'Ann Quick');
  await signUp(ben, 'Ben Late');
  await openList(ann, event);
  await openRow(ann, 'C');
  await openList(ben, event);
  await openRow(ben, 'C');
  await seat(ben, 'C', 3, 'available').waitFor();

  // Ben's line is slow: his page doesn't know yet that the seat is gone.
  await ben.evaluate(() => {
    const send = WebSocket.prototype.send;
    globalThis.heldBack = [];
    WebSocket.prototype.send = function (data) {
      if (String(data).includes('"hold"')) globalThis.heldBack.push(() => send.call(this, data));
      else send.call(this, data);
    };
  });
  await seat(ben, 'C', 3, 'available').click();
  await ben.waitForFunction(() => globalThis.heldBack.length === 1);
  await seat(ann, 'C', 3, 'available').click();
  await seat(ann, 'C', 3, 'yours, held').waitFor();
  await ben.evaluate(() => globalThis.heldBack[0]());

  const alert = ben.getByRole('alert').filter({ hasText: 'Someone was quicker: C3.' });
  await alert.waitFor();
  const offer = alert.getByRole('button', { name: /^Take / }).first();
  assert.match(await offer.innerText(), /^Take [A-F]\d+/);
  await ann.context().close();
  await ben.context().close();
});

test('an offer is taken with one tap, and a reload keeps what is held', async () => {
  const ann = await newPerson(browser);
  await signUp(ann, 'Ann Neat');
  await openList(ann, event);
  await openRow(ann, 'A');
  // Seat 2 would leave seat 1 alone between it and the row's end.
  await seat(ann, 'A', 2, 'available').click();
  const alert = ann.getByRole('alert').filter({ hasText: 'alone between taken seats' });
  await alert.getByRole('button', { name: /^Take A/ }).first().click();
  await ann.getByText(/Held for you/).waitFor();
  const kept = await ann.locator('.tray .what').allInnerTexts();
  await ann.reload();
  await ann.getByText(/Held for you/).waitFor();
  assert.deepEqual(await ann.locator('.tray .what').allInnerTexts(), kept);
  await ann.getByRole('button', { name: /^Let A\d+ go$/ }).click();
  await ann.locator('.tray').waitFor({ state: 'detached' });
  await ann.context().close();
});
