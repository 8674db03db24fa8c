// Looking into a room: its team sees who did what and the room as it was; others see nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, createEvent, newPerson, openBrowser, seriousViolations, signIn, signUp } from './harness.mjs';

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());

test('the organiser sees a booking happen, and the room as it was before', async () => {
  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  const title = `Inside ${Date.now()}`;
  const id = await createEvent(organiser, title);
  await organiser.getByRole('link', { name: 'Look inside the room' }).click();
  await organiser.getByRole('heading', { level: 1, name: `events/${id}/seats` }).waitFor();
  await organiser.locator('[data-entry]').getByText('publish', { exact: true }).waitFor();
  const desk = organiser.locator('[data-shape=desk]');
  assert.equal(await desk.count(), 0);

  const guest = await newPerson(browser);
  await signUp(guest, 'Gus <b>Guest</b>');
  await guest.goto(`${base}/events/${id}`);
  await guest.getByRole('button', { name: 'Best for me' }).click();
  await guest.getByText(/Held for you/).waitFor();

  const hold = organiser.locator('[data-entry]').filter({ has: organiser.getByText('hold', { exact: true }) });
  await hold.getByText('Gus <b>Guest</b>').waitFor();
  await desk.waitFor();
  const seq = Number(await hold.getAttribute('data-entry'));

  await organiser.locator(`[data-entry="${seq - 1}"] button`).click();
  await desk.waitFor({ state: 'detached' });
  assert.equal(await organiser.getByRole('slider', { name: 'Entry' }).inputValue(), String(seq - 1));
  await organiser.getByRole('button', { name: 'One entry on' }).click();
  await desk.waitFor();
  assert.deepEqual(await seriousViolations(organiser), []);

  // While one looks back, the room goes on; whoever follows again is where it is.
  await guest.getByRole('button', { name: /pay at the door/ }).click();
  await guest.locator('[data-code]').waitFor();
  await organiser.getByRole('button', { name: 'Follow' }).click();
  await organiser.locator('[data-entry]').getByText('book', { exact: true }).waitFor();
  assert.ok(!(await organiser.locator('main').innerText()).includes('member:'));
  assert.deepEqual([...organiser.faults, ...guest.faults], []);

  await guest.goto(`${base}/inspect/events/${id}/seats`);
  await guest.getByText('Only those who run this room may look inside.').waitFor();
  await guest.goto(`${base}/inspect/rooms/nowhere`);
  await guest.getByText('There’s no such room.').waitFor();
  await guest.context().close();
  await organiser.context().close();
});
