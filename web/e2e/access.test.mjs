// No serious violations that axe can find, by day and by night.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, newPerson, openBrowser, openEvent, openList, openRow, seriousViolations, signIn, tabTo, tooWide } from './harness.mjs';
import { field, fresh, makeRoom, message, person, say, strip } from './meeting.mjs';

let browser;
let event;
before(async () => {
  browser = await openBrowser();
  event = await openEvent(browser, `Access ${Date.now()}`);
});
after(() => browser?.close());

for (const dark of [false, true]) {
  test(`pages by ${dark ? 'night' : 'day'}`, async () => {
    const page = await newPerson(browser, { dark });
    const found = {};
    const check = async (name) => (found[name] = await seriousViolations(page));
    await page.goto(base);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('a.event').first().waitFor();
    await check('lobby');
    await page.goto(`${base}/events/${event}`);
    await page.getByRole('application').waitFor();
    await check('map');
    const phone = await newPerson(browser, { dark, phone: true });
    await phone.goto(`${base}/events/${event}`);
    await phone.getByRole('application').waitFor();
    found['map on a phone'] = await seriousViolations(phone);
    await phone.context().close();
    await openList(page, event);
    await openRow(page, 'A');
    await check('list');
    await page.getByRole('button', { name: 'Best for me' }).click();
    await page.getByRole('dialog').waitFor();
    await check('sign in');
    await signIn(page, 'organiser@demo.example');
    for (const path of ['/bookings', '/notifications', '/settings', '/desk', '/desk/new', `/desk/events/${event}`]) {
      await page.goto(base + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await check(path);
    }
    assert.deepEqual(Object.entries(found).filter(([, list]) => list.length), []);
    await page.context().close();
  });
}

/** A person with a chat, a room that waits, a board with something on it, and the way into a room's inside. */
async function withRooms() {
  const page = await person(browser, 'Ann Axe');
  const chat = await makeRoom(page, fresh('A chat'));
  await say(page, 'Hello, https://example.org');
  await message(page, 'Hello').waitFor();
  const waiting = await makeRoom(page, fresh('A room that waits for more people than there are'), { minimum: 2 });
  const board = await makeRoom(page, fresh('A board'), { app: 'Whiteboard' });
  const stage = page.getByRole('application', { name: 'Whiteboard' });
  await stage.focus();
  await page.keyboard.press('r');
  await page.keyboard.press('Enter');
  await page.locator('[data-item]').waitFor();
  const places = {
    lobby: [base, page.getByRole('heading', { name: 'Rooms' })],
    waiting: [waiting, page.getByRole('heading', { name: /^Waiting for/ })],
    chat: [chat, message(page, 'Hello')],
    board: [board, page.locator('[data-item]')],
    inspector: [`${base}/inspect/${new URL(chat).pathname.slice(1)}`, page.locator('[data-entry]').first()],
  };
  return { page, places };
}

test('rooms, board and inspector by day and by night, wide and narrow', async () => {
  const { page, places } = await withRooms();
  const found = [];
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      for (const [name, [address, sign]] of Object.entries(places)) {
        await page.goto(address);
        await sign.waitFor();
        const list = await seriousViolations(page);
        const wide = await tooWide(page);
        if (wide > 0) list.push(`${wide} px too wide`);
        if (list.length) found.push([name, width, colorScheme, ...list]);
      }
    }
  }
  assert.deepEqual(found, []);
  assert.deepEqual(page.faults, []);
  // The measure can fail.
  await page.evaluate(() => {
    const add = (name, has) => document.querySelector('main').append(Object.assign(document.createElement(name), has));
    // An image has no width before it is there.
    add('div', { style: 'width: 600px; height: 1px' });
    add('img', { src: '/icon.svg' });
  });
  assert.ok((await tooWide(page)) > 0);
  assert.ok((await seriousViolations(page)).some((one) => one.startsWith('image-alt')));
  await page.context().close();
});

test('from the lobby into a room of one’s own and a talk, with the keyboard alone', async () => {
  const page = await person(browser, 'Kay Journey');
  const title = fresh('By keys');
  await tabTo(page, page.getByRole('button', { name: 'New room' }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await tabTo(page, dialog.getByLabel('Title'));
  await page.keyboard.type(title);
  await tabTo(page, dialog.getByRole('radio', { name: /^Everyone/ }));
  await page.keyboard.press('ArrowDown');
  assert.ok(await dialog.getByRole('radio', { name: /^With the link/ }).isChecked());
  await tabTo(page, dialog.getByRole('button', { name: 'Open the room' }));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByText('With the link').waitFor();
  await tabTo(page, field(page));
  await page.keyboard.type('without a mouse');
  await page.keyboard.press('Enter');
  await message(page, 'without a mouse').waitFor();
  await tabTo(page, page.getByRole('button', { name: /^Actions for Kay Journey/ }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Edit', exact: true }));
  await page.keyboard.press('Enter');
  await tabTo(page, field(page));
  await page.keyboard.press('End');
  await page.keyboard.type(', twice');
  await page.keyboard.press('Enter');
  await message(page, 'without a mouse, twice').waitFor();
  await tabTo(page, strip(page).getByRole('button', { name: `Leave ${title}` }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Rooms' }).waitFor();
  assert.equal(await strip(page).count(), 0);
  // Focus is not lost with what went: the next Tab is on this page.
  await page.keyboard.press('Tab');
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), 'BODY');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
