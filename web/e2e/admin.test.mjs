// The house as those who run it see it, and somebody who takes their data along and leaves for ever. It starts a server
// for itself.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { PASSWORD, newHouse } from './newhouse.mjs';

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

test('an admin sees figures, events, rooms, mails and limits, and somebody erases themselves', async () => {
  const { base, createAccount, newPerson, seriousViolations, tooWide } = harness;
  const admin = await newPerson(browser);
  await openHouse(admin);
  await admin.goto(`${base}/admin`);
  await admin.getByRole('heading', { level: 1, name: 'Administration' }).waitFor();
  const accounts = admin.locator('figure').filter({ hasText: 'Accounts' });
  await accounts.locator('strong').filter({ hasText: /^1$/ }).waitFor();
  await accounts.getByText('As a table').click();
  await accounts.getByRole('columnheader', { name: 'When' }).waitFor();
  assert.deepEqual(await seriousViolations(admin), []);
  assert.ok((await tooWide(admin)) <= 0);

  await admin.getByRole('tab', { name: 'Figures' }).focus();
  await admin.keyboard.press('ArrowRight');
  await admin.getByRole('searchbox', { name: 'Find by title or number' }).waitFor();
  await admin.getByText('No event matches.').waitFor();
  await admin.getByRole('tab', { name: 'Rooms' }).click();
  await admin.getByRole('rowheader', { name: /^lobby/ }).waitFor();
  await admin.getByRole('tab', { name: 'Mails' }).click();
  await admin.getByText('No mail server is set').waitFor();
  await admin.getByRole('tab', { name: 'Limits' }).click();
  await admin.getByRole('row').filter({ hasText: 'seats.holds_per_hour' }).waitFor();
  assert.deepEqual(await seriousViolations(admin), []);

  const ann = await newPerson(browser, { phone: true });
  await ann.goto(base);
  await ann.getByRole('button', { name: 'Sign in' }).first().click();
  await createAccount(ann, 'Ann Gone');
  await ann.goto(`${base}/settings`);
  const take = ann.getByRole('button', { name: 'Take it along' });
  const [file] = await Promise.all([ann.waitForEvent('download'), take.click()]);
  const document = JSON.parse(await readFile(await file.path(), 'utf8'));
  assert.deepEqual([document.format, document.account.name], ['houseful-export-1', 'Ann Gone']);

  await ann.getByRole('button', { name: 'Erase my account' }).click();
  const dialog = ann.getByRole('dialog', { name: 'Erase your account?' });
  await dialog.getByLabel('Current password').fill('not the password');
  await dialog.getByRole('button', { name: 'Erase my account' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'don’t match' }).waitFor();
  assert.deepEqual(await seriousViolations(ann), []);
  assert.ok((await tooWide(ann)) <= 0);
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Erase my account' }).click();
  await ann.getByRole('button', { name: 'Sign in' }).first().waitFor();

  await admin.goto(`${base}/accounts`);
  const row = admin.getByRole('row').filter({ hasText: 'Deleted person' });
  await row.getByText('erased').waitFor();
  assert.equal(await admin.getByText('Ann Gone').count(), 0);
  assert.deepEqual([...admin.faults, ...ann.faults], []);
  await admin.context().close();
  await ann.context().close();
});
