// A house of one's own, from the setup link on: the admin says who may make events. It starts a server for itself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newHouse } from './newhouse.mjs';

let server;
let browser;
let harness;
let openHouse;

before(async () => {
  ({ server, harness, browser, openHouse } = await newHouse());
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('an admin makes an organiser, who then makes an event', async () => {
  const { base, createEvent, newPerson, seriousViolations, signUp } = harness;
  const admin = await newPerson(browser);
  await openHouse(admin);

  const olga = await newPerson(browser);
  await signUp(olga, 'Olga Niser');
  await olga.goto(`${base}/accounts`);
  await olga.getByText('This is for organisers.').or(olga.getByText('This is for admins.')).waitFor();
  assert.equal(await olga.getByRole('link', { name: 'Accounts' }).count(), 0);

  await admin.getByRole('link', { name: 'Accounts' }).first().click();
  await admin.getByRole('searchbox', { name: 'Find by name or e-mail' }).fill('nobody of that name');
  await admin.getByText('Nobody matches.').waitFor();
  await admin.getByRole('searchbox').fill('olga');
  const row = admin.getByRole('row').filter({ hasText: 'Olga Niser' });
  await row.getByText('Attendee').waitFor();
  assert.deepEqual(await seriousViolations(admin), []);
  await admin.getByRole('button', { name: 'Change Olga Niser' }).focus();
  await admin.keyboard.press('Enter');
  const dialog = admin.getByRole('dialog', { name: 'Olga Niser' });
  await dialog.getByRole('radio', { name: /^Attendee/ }).focus();
  await admin.keyboard.press('ArrowDown');
  assert.deepEqual(await seriousViolations(admin), []);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row.getByText('Organiser', { exact: true }).waitFor();

  await olga.reload();
  const id = await createEvent(olga, 'The first of this house');
  await olga.goto(`${base}/events/${id}`);
  await olga.getByRole('heading', { level: 1, name: 'The first of this house' }).waitFor();

  await admin.getByRole('button', { name: 'Change Olga Niser' }).click();
  await dialog.getByRole('checkbox', { name: 'May not sign in' }).check();
  await dialog.getByRole('status').filter({ hasText: 'signs the person out' }).waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row.getByText('may not sign in').waitFor();
  await olga.getByRole('button', { name: 'Sign in' }).first().waitFor();

  // The last admin can't be changed by mistake: there is no button for oneself.
  await admin.getByRole('searchbox').fill('ada');
  await admin.getByRole('row').filter({ hasText: 'Ada Min' }).getByText('you', { exact: true }).waitFor();
  assert.equal(await admin.getByRole('button', { name: 'Change Ada Min' }).count(), 0);
  assert.deepEqual([...admin.faults, ...olga.faults], []);
  await admin.context().close();
  await olga.context().close();
});
