// The map as it is drawn: what is patched looks as if drawn anew, and a zoomed-in person knows where they are.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, newPerson, openBrowser, signUp } from './harness.mjs';

/** Of the demo: 1,200 seats, small enough on the screen that their marks nearly touch. */
const THEATRE = 1;
const ARENA = 3;

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());

async function openMap(page, event) {
  await page.goto(`${base}/events/${event}`);
  await page.getByRole('application').waitFor();
  await page.evaluate(() => document.fonts.ready);
}

/** The canvas's own pixels, kept in the page under a name. */
const keep = (page, name) =>
  page.evaluate((name) => {
    const canvas = globalThis.document.querySelector('.frame canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    (globalThis.kept ??= {})[name] = new Uint32Array(data.buffer);
  }, name);

/** Glides and fades take 200 ms at most, and longer where the machine is busy: until nothing has moved for 300. */
async function still(page) {
  do {
    await keep(page, 'earlier');
    await page.waitForTimeout(300);
    await page.evaluate(() => new Promise((resume) => requestAnimationFrame(() => requestAnimationFrame(resume))));
    await keep(page, 'later');
  } while (await differing(page, 'earlier', 'later'));
}

const differing = (page, a, b) =>
  page.evaluate(([a, b]) => globalThis.kept[a].filter((pixel, k) => pixel !== globalThis.kept[b][k]).length, [a, b]);

for (const [how, motion, zoomed] of [['faded', true, false], ['at once', false, false], ['faded, zoomed in', true, true]]) {
  test(`a change of a seat leaves its neighbours whole: ${how}`, async () => {
    const watcher = await newPerson(browser, { motion });
    const buyer = await newPerson(browser);
    await signUp(buyer, 'Bea Buyer');
    await openMap(buyer, THEATRE);
    await openMap(watcher, THEATRE);
    if (zoomed) await watcher.getByRole('button', { name: 'Choose seats' }).click();
    const left = watcher.locator('[data-left]');
    const count = await left.innerText();
    await still(watcher);
    await keep(watcher, 'before');
    await buyer.getByRole('button', { name: 'Best for me' }).click();
    await buyer.getByText(/Held for you/).waitFor();
    await watcher.waitForFunction((was) => document.querySelector('[data-left]').innerText !== was, count);
    await still(watcher);
    await keep(watcher, 'patched');
    assert.ok((await differing(watcher, 'before', 'patched')) > 20, 'the seats look different now');
    // Choosing the theme that is there draws everything anew.
    await watcher.emulateMedia({ colorScheme: 'dark' });
    await watcher.emulateMedia({ colorScheme: 'light' });
    await still(watcher);
    await keep(watcher, 'anew');
    assert.equal(await differing(watcher, 'patched', 'anew'), 0);
    await buyer.getByRole('button', { name: /^Let .* go$/ }).first().click();
    await buyer.context().close();
    await watcher.context().close();
  });
}

test('zoomed in among many sections, the map names the one in sight', async () => {
  const page = await newPerson(browser);
  await openMap(page, ARENA);
  assert.equal(await page.locator('.where').count(), 0);
  await page.getByRole('button', { name: 'Choose seats' }).click();
  const where = page.locator('.where');
  await where.waitFor();
  const seat = page.locator('#map-seat');
  await page.keyboard.press('ArrowDown');
  await seat.waitFor();
  const section = (await where.innerText()).split(' · ').at(-1);
  assert.ok((await seat.getAttribute('aria-label')).startsWith(`${section}, Row `), section);
  await page.context().close();
});

test('on a phone the closed tray says which seats', async () => {
  const page = await newPerson(browser, { phone: true });
  await signUp(page, 'Pho Netray');
  await openMap(page, THEATRE);
  await page.getByRole('button', { name: 'Best for me' }).tap();
  await page.locator('.which').filter({ hasText: /^Stalls · Row [A-Z]+ · Seats \d+–\d+$/ }).waitFor();
  await page.getByRole('button', { name: 'Show your seats' }).tap();
  await page.locator('.which').waitFor({ state: 'detached' });
  await page.context().close();
});

test('a booking made before can be read without scrolling, with a cart too', async () => {
  const page = await newPerson(browser);
  await signUp(page, 'Boo Ker');
  await openMap(page, THEATRE);
  const best = page.getByRole('button', { name: 'Best for me' });
  await best.click();
  await page.getByRole('button', { name: /pay at the door/ }).click();
  await page.locator('[data-code]').waitFor();
  await page.reload();
  const kept = page.getByRole('region', { name: 'Your booking' });
  await kept.waitFor();
  await assertInSight(kept);
  await best.click();
  await page.getByRole('region', { name: 'Your seats' }).waitFor();
  await assertInSight(kept);
  await page.context().close();
});

/** Its corners are in the window, and nothing lies over them. */
async function assertInSight(locator) {
  const covered = await locator.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const corners = [[left + 8, top + 8], [right - 8, top + 8], [left + 8, bottom - 8], [right - 8, bottom - 8]];
    return corners.filter(([x, y]) => !element.contains(globalThis.document.elementFromPoint(x, y)));
  });
  assert.deepEqual(covered, []);
}
