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
  await guest.getByText(title).first().waitFor();
  await openList(guest, id);
  await openRow(guest, 'A');
  await seat(guest, 'A', 1, 'available').click();
  await organiser.locator('[data-count=held] dd', { hasText: /^1$/ }).waitFor();
  await guest.getByRole('button', { name: /pay at the door/ }).click();
  await guest.locator('[data-code]').waitFor();
  await organiser.locator('[data-count=booked] dd', { hasText: /^1$/ }).waitFor();
  await organiser.getByRole('cell', { name: /Gus Guest/ }).waitFor();

  await organiser.getByRole('button', { name: /^Cancel BK-/ }).click();
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

test('the list of events counts as booked what is booked', async () => {
  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  const title = `Numbers ${Date.now()}`;
  const id = await createEvent(organiser, title);
  const buyer = await newPerson(browser);
  const holder = await newPerson(browser);
  await signUp(buyer, 'Bo Oked');
  await signUp(holder, 'Hel D');
  for (const guest of [buyer, holder]) {
    await guest.goto(`${base}/events/${id}`);
    await guest.getByRole('button', { name: 'Best for me' }).click();
    await guest.getByText(/Held for you/).waitFor();
  }
  await buyer.getByRole('button', { name: /pay at the door/ }).click();
  await buyer.locator('[data-code]').waitFor();
  await organiser.getByRole('application').focus();
  await organiser.keyboard.press('ArrowDown');
  await organiser.keyboard.press('ArrowDown');
  await organiser.keyboard.press('ArrowDown');
  await organiser.keyboard.press('Enter');
  await organiser.getByRole('button', { name: 'Block', exact: true }).click();
  await organiser.locator('[data-count=blocked] dd', { hasText: /^1$/ }).waitFor();
  await organiser.goto(`${base}/desk`);
  const row = organiser.getByRole('row').filter({ hasText: title });
  assert.match(await row.locator('[data-booked]').innerText(), /^2 \/ 72 · 2 held$/);
  for (const person of [organiser, buyer, holder]) await person.context().close();
});

test('an event on sale is edited with the keyboard, and everyone sees it', async () => {
  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  const title = `Before ${Date.now()}`;
  const id = await createEvent(organiser, title);
  const guest = await newPerson(browser);
  await guest.goto(`${base}/events/${id}`);
  await guest.getByRole('heading', { level: 1, name: title }).waitFor();

  const edit = organiser.getByRole('button', { name: 'Edit' });
  await edit.focus();
  await organiser.keyboard.press('Enter');
  const dialog = organiser.getByRole('dialog', { name: 'Edit the event' });
  const field = dialog.getByRole('textbox', { name: 'Title' });
  await field.waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled());
  await field.fill(title.replace('Before', 'After'));
  await dialog.getByRole('spinbutton', { name: 'Front' }).fill('50.5');
  await dialog.getByRole('spinbutton', { name: 'Places per person' }).fill('4');
  await organiser.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await guest.getByRole('heading', { level: 1, name: title.replace('Before', 'After') }).waitFor();
  await guest.getByText('up to 4 seats').waitFor();
  await guest.getByRole('button', { name: /Front €50.50/ }).waitFor();
  await organiser.getByRole('heading', { level: 1, name: title.replace('Before', 'After') }).waitFor();
  await guest.context().close();
  await organiser.context().close();
});

test('two who edit at once lose nothing', async () => {
  const one = await newPerson(browser);
  await signIn(one, 'organiser@demo.example');
  const id = await createEvent(one, `Shared ${Date.now()}`);
  const two = await one.context().newPage();
  await two.goto(`${base}/desk/events/${id}`);
  const dialogs = [];
  for (const page of [one, two]) {
    await page.getByRole('button', { name: 'Edit' }).click();
    dialogs.push(page.getByRole('dialog', { name: 'Edit the event' }));
    await dialogs.at(-1).getByRole('textbox', { name: 'Place' }).waitFor();
  }
  await dialogs[0].getByRole('textbox', { name: 'Place' }).fill('Another Hall');
  await dialogs[0].getByRole('button', { name: 'Save' }).click();
  await dialogs[0].waitFor({ state: 'detached' });
  await dialogs[1].getByRole('textbox', { name: 'Description' }).fill('With an interval.');
  await dialogs[1].getByRole('button', { name: 'Save' }).click();
  await dialogs[1].getByRole('alert').filter({ hasText: 'meanwhile' }).waitFor();
  assert.equal(await dialogs[1].getByRole('textbox', { name: 'Place' }).inputValue(), 'Another Hall');
  assert.equal(await dialogs[1].getByRole('textbox', { name: 'Description' }).inputValue(), 'With an interval.');
  await dialogs[1].getByRole('button', { name: 'Save' }).click();
  await dialogs[1].waitFor({ state: 'detached' });
  await one.goto(`${base}/events/${id}`);
  await one.getByText('Another Hall').waitFor();
  await one.getByText('With an interval.').waitFor();
  await one.context().close();
});

test('zones that do not cover the rows say by how many, and can be made to fit', async () => {
  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  await organiser.goto(`${base}/desk/new`);
  await organiser.getByText('288 places').waitFor();
  await organiser.getByLabel('Rows', { exact: true }).first().fill('15');
  await organiser.getByRole('status').filter({ hasText: 'The zones cover 12 of 15 rows' }).waitFor();
  await organiser.getByRole('button', { name: 'Add a standing area' }).click();
  await organiser.getByText('The house as it was').waitFor();
  await organiser.getByRole('button', { name: 'Let the last zone fit' }).click();
  await organiser.getByText('460 places').waitFor();
  await organiser.context().close();
});
