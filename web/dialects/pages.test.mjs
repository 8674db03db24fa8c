// The pages that come with the seats and the lobby dialect, in a browser: what they show is what the server said, with a
// mouse, by the keyboard alone, on a phone, after a lost connection.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newPerson, openBrowser, seriousViolations, tabTo, tooWide } from '../e2e/harness.mjs';
import { open } from './house.mjs';
import { lobbyClient, native, seatsClient, signedIn } from './people.mjs';

let house;
let browser;

before(async () => {
  house = await open({ settings: { HOUSEFUL_ACCOUNTS__SIGN_UP_PER_HOUR_ADDRESS: '1000' } });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await house?.close();
});

const seat = (page, name, state) => page.getByRole('button', { name: new RegExp(`^Seat ${name}, ${state}`) });
const connected = (page) => page.locator('#way', { hasText: 'Connected' }).waitFor({ state: 'attached' });
const buy = (page) => page.getByRole('button', { name: 'Buy', exact: true });

async function buyer(name, options) {
  const page = await newPerson(browser, options);
  await page.goto(`http://${house.at.seats}/`);
  await page.getByLabel('Username').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.seat').first().waitFor();
  return page;
}

async function done(...pages) {
  for (const page of pages) {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
}

test('seats: signed in by a name, bought with the mouse, seen by others', async () => {
  const [ann, ben] = [await buyer('Ann <b>'), await buyer('Ben')];
  await ann.getByText('Hello Ann <b>').waitFor();
  assert.equal(await ann.locator('.seat').count(), 8);
  await seat(ann, 'A1', 'free').click();
  await ann.getByText(/^1 × A1 = €/).waitFor();
  assert.equal(await seat(ann, 'A1', 'free').getAttribute('aria-pressed'), 'true');
  await buy(ann).click();
  await ann.getByText('A1 is yours.').waitFor();
  await ann.getByText('Select your seat.').waitFor();
  await seat(ann, 'A1', 'yours').waitFor();
  await seat(ben, 'A1', 'reserved').waitFor();
  assert.equal(await seat(ben, 'A1', 'reserved').getAttribute('aria-disabled'), 'true');
  for (const page of [ann, ben]) assert.deepEqual(await seriousViolations(page), []);
  await done(ann, ben);
});

test('seats: who is late is told, and their choice is gone', async () => {
  const ann = await buyer('Ann late');
  await seat(ann, 'A2', 'free').click();
  await ann.getByText(/^1 × A2/).waitFor();
  const old = await seatsClient(house, 'quick');
  old.send({ event: 'buy', data: { pos: [0, 1] } });
  await ann.getByText('Someone was quicker: A2 is reserved now.').waitFor();
  await ann.getByText('Select your seat.').waitFor();
  await old.close();
  await done(ann);
});

test('seats: by the keyboard alone, on a phone in the dark', async () => {
  const page = await newPerson(browser, { phone: true, dark: true });
  await page.goto(`http://${house.at.seats}/`);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Please give a name.').waitFor();
  await page.keyboard.type('Cleo');
  await page.keyboard.press('Enter');
  await page.locator('.seat').first().waitFor();
  assert.equal(await tooWide(page), 0);
  await tabTo(page, seat(page, 'A1', 'reserved'));
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  await page.keyboard.press('Space');
  await page.getByText(/^1 × C2/).waitFor();
  await tabTo(page, buy(page));
  await page.keyboard.press('Enter');
  await page.getByText('C2 is yours.').waitFor();
  assert.equal(await buy(page).evaluate((button) => button === document.activeElement), true, 'focus stays');
  assert.deepEqual(await seriousViolations(page), []);
  await done(page);
});

test('seats: after a lost connection the page shows how it is now, and signing out ends it', async () => {
  const page = await buyer('Dora');
  await connected(page);
  await house.kill();
  await page.getByText('Reconnecting. What you see is from before.').waitFor();
  await seat(page, 'D1', 'free').click();
  assert.equal(await buy(page).getAttribute('aria-disabled'), 'true');
  await house.start();
  const old = await seatsClient(house, 'meanwhile');
  old.send({ event: 'buy', data: { pos: [3, 1] } });
  await seat(page, 'D2', 'reserved').waitFor();
  await connected(page);
  await old.close();
  await page.reload();
  await page.getByText('Hello Dora').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Username').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in to choose your seat' }).waitFor();
  await done(page);
});

async function guest(user, options, at = house.at.lobby) {
  const page = await newPerson(browser, options);
  await page.goto(`http://${at}/`);
  await page.getByLabel('Username').fill(user);
  await page.locator('#enter[aria-disabled="false"]').waitFor();
  await page.getByRole('button', { name: 'Enter' }).click();
  return page;
}

const room = (page, name) => page.getByRole('navigation').getByRole('button', { name });
const inside = (page, name) => page.getByRole('heading', { level: 2, name, exact: true });
const log = (page, name) => page.getByRole('log', { name: `Messages in ${name}` });

async function speak(page, name, text) {
  await page.getByRole('textbox', { name: `Message to ${name}` }).fill(text);
  await page.getByRole('button', { name: 'Send' }).filter({ visible: true }).click();
}

test('lobby: who is not on the list is told, and may try again', async () => {
  const page = await guest('nobody');
  await page.getByText('Cannot resolve user').waitFor();
  await page.getByLabel('Username').fill('user:1');
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByText('Welcome user:1').waitFor();
  assert.deepEqual(await seriousViolations(page), []);
  await done(page);
});

test('lobby: a room waits, starts, and shows what is said as it was said', async () => {
  const [one, two] = [await guest('user:1'), await guest('user:2', { phone: true, dark: true })];
  await room(one, 'First Room').click();
  await inside(one, 'First Room').waitFor();
  await one.getByText('Waiting for the room to start').waitFor();
  await room(two, 'First Room').click();
  for (const page of [one, two]) await log(page, 'First Room').getByText('chat has started').first().waitFor();
  await one.getByText('The room is running.').waitFor();
  const evil = '<img src=x onerror="document.title=1"> & "quotes"';
  await speak(one, 'First Room', evil);
  await log(two, 'First Room').getByText(evil, { exact: true }).waitFor();
  await log(one, 'First Room').getByText('You').waitFor();
  assert.equal(await two.locator('.chat img').count(), 0);
  assert.equal(await tooWide(two), 0);
  await speak(two, 'First Room', 'x'.repeat(300));
  await log(one, 'First Room').getByText('x'.repeat(300)).waitFor();
  assert.equal(await tooWide(two), 0);
  for (const page of [one, two]) assert.deepEqual(await seriousViolations(page), []);

  // Another room meanwhile: the first is kept, with what came.
  await room(one, 'Second Room').click();
  await inside(one, 'Second Room').waitFor();
  await speak(two, 'First Room', 'are you there?');
  await room(one, 'First Room 1 unread').waitFor();
  assert.match(await one.title(), /^\(1\) /);
  await room(one, 'First Room').click();
  await log(one, 'First Room').getByText('are you there?').waitFor();
  await room(one, 'First Room 1 unread').waitFor({ state: 'detached' });
  await two.context().close();
  await one.getByText('user:2 left').waitFor();
  await done(one);
});

test('lobby: an old client and the page are in one room', async () => {
  const page = await guest('user:3');
  await room(page, 'Second Room').click();
  const old = await lobbyClient(house, 'user:4');
  old.ask('LOBBY_ROOM_REQUEST', { roomId: 'R:2' });
  await log(page, 'Second Room').getByText('chat has started').first().waitFor();
  old.ask('ROOM_REQUEST', { roomId: 'R:2', requestType: 'ROOM_EVENT', message: 'from the old page' });
  await log(page, 'Second Room').getByText('from the old page').waitFor();
  await old.close();
  await done(page);
});

test('lobby: by the keyboard alone, across a killed server', async () => {
  const page = await newPerson(browser);
  await page.goto(`http://${house.at.lobby}/`);
  await page.locator('#enter[aria-disabled="false"]').waitFor();
  await page.keyboard.type('user:1');
  await page.keyboard.press('Enter');
  await page.getByText('Welcome user:1').waitFor();
  await tabTo(page, room(page, 'First Room'));
  await page.keyboard.press('Enter');
  await inside(page, 'First Room').waitFor();
  const other = await guest('user:2');
  await room(other, 'First Room').click();
  await log(page, 'First Room').getByText('chat has started').first().waitFor();
  await tabTo(page, page.getByRole('textbox', { name: 'Message to First Room' }));
  await page.keyboard.type('with keys');
  await page.keyboard.press('Enter');
  await log(other, 'First Room').getByText('with keys').waitFor();

  await house.kill();
  await page.getByText('Reconnecting. What you see is from before.').waitFor();
  await house.start();
  await page.locator('#way').waitFor({ state: 'hidden' });
  await page.keyboard.type('and again');
  await log(page, 'First Room').getByText('with keys').waitFor();
  await other.locator('#way').waitFor({ state: 'hidden' });
  await page.locator('#rooms .mark').nth(0).waitFor();
  await room(page, 'First Room Enter').waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await log(other, 'First Room').getByText('and again').waitFor();
  await done(page, other);
});

test('lobby: a room whose application brings no window shows its state', async () => {
  const page = await guest('user:1');
  await page.evaluate(async () => {
    const { attach } = await import('/applications.js');
    const div = document.createElement('div');
    document.body.append(div);
    (await attach('unheard-of', div, {})).initialise({ count: '<b>7</b>' });
  });
  await page.getByText('"count": "<b>7</b>"').waitFor();
  await done(page);
});

test('lobby: a room application brings a window of its own', async () => {
  const quiz = await open({ name: 'quiz' });
  try {
    const page = await guest('user:1', {}, quiz.at.lobby);
    await room(page, 'Quiz').click();
    await page.getByText('Nothing has been asked yet.').waitFor();
    const host = await native(quiz, 'rooms/quiz', await signedIn(quiz, 'ann@demo.example', 'curtain-up-demo'));
    await host.command('host', {});
    // Their role is another now, and so is what they see.
    host.joined = await host.ask({ t: 'join', room: 'rooms/quiz' });
    await host.command('ask', { text: 'What is <b>?', choices: ['bold', 'brave'], right: 1, seconds: 60 });
    await page.getByRole('heading', { name: 'What is <b>?' }).waitFor();
    await page.getByRole('button', { name: 'brave' }).click();
    await page.getByText('1 answered.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'bold' }).isDisabled());
    await host.command('reveal', {});
    await page.getByRole('button', { name: 'brave ✓' }).waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    await host.close();
    await done(page);
  } finally {
    await quiz.close();
  }
});
