// The door: two phones without a network and one ticket, what they find out afterwards, and what of it stays on them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { encode } from 'uqr';
import { DEMO_PASSWORD, base, freshEmail, newPerson, openBrowser, seriousViolations, signIn, tooWide } from './harness.mjs';

const PASSWORD = 'a long and quiet evening';
const GUEST = 'ann@demo.example';
let browser;
let organiser;
let ann;
before(async () => {
  browser = await openBrowser();
  [organiser, ann] = [await asker('organiser@demo.example'), await asker(GUEST)];
});
after(() => browser?.close());

/** What a browser asks for, as one person. */
async function asker(email, password = DEMO_PASSWORD) {
  const post = { method: 'POST', headers: { 'X-Houseful': '1', 'Content-Type': 'application/json' } };
  const session = await (await fetch(`${base}/api/v1/auth/sign-in`, { ...post, body: JSON.stringify({ email, password }) })).json();
  const headers = { Authorization: `Bearer ${session.accessToken}`, 'Content-Type': 'application/json' };
  return async (path, body, method = 'POST') => {
    const answer = await fetch(`${base}/api/v1${path}`, body === undefined ? { headers } : { method, headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  };
}

const command = async (ask, event, name, body) => (await ask(`/rooms/${encodeURIComponent(event.room)}/commands/${name}`, { body })).body;

/** Someone of the team, without a page. */
async function teammate(event, name, role) {
  const email = freshEmail();
  const answer = await fetch(`${base}/api/v1/auth/sign-up`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Houseful': '1' }, body: JSON.stringify({ email, name, password: PASSWORD }),
  });
  await command(organiser, event, 'team', { account: (await answer.json()).account.id, role });
  return email;
}

let made = 0;
async function newEvent(title) {
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const event = await organiser('/events', { title: `${title} ${Date.now()}-${++made}`, startsAt, timeZone: 'Europe/Berlin', place: 'Test Hall', currency: 'EUR', capacity: 20 });
  await organiser(`/events/${event.id}/publish`, {});
  return event;
}

/** Ann's tickets of a new order. */
async function book(event, count) {
  await command(ann, event, 'hold', { areas: [[0, count]] });
  const { order, code } = await command(ann, event, 'book', { payment: 'free' });
  const { items } = await ann(`/orders/${order}/tickets`);
  return { order, code, tokens: items.map(({ token }) => token) };
}

/** What the page needs is put by, and somebody is there to hand it out. */
const shellKept = (page) => until(page, async () => !!(await caches.match('/')) && navigator.serviceWorker.controller?.state === 'activated');
const isBare = (page) => until(page, async () => (await caches.keys()).length === 0 && localStorage.getItem('houseful.kept') === null);
/** The browser's own wait takes a promise for a yes. */
async function until(page, isSo) {
  for (const ends = Date.now() + 15_000; !(await page.evaluate(isSo)); ) {
    assert.ok(Date.now() < ends, `not so in time: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function openDoor(page, event) {
  await page.goto(`${base}/desk/events/${event.id}/door`);
  await page.locator('[data-counts]').waitFor();
  await shellKept(page);
}
/** A phone at the door, with its list, called something. */
async function phone(event, email, name, options = {}) {
  const page = await newPerson(browser, { phone: true, ...options });
  await signIn(page, email, PASSWORD);
  await openDoor(page, event);
  await page.getByRole('button', { name: /^Notes/ }).click();
  await page.getByLabel('Its name').fill(name);
  await page.getByRole('button', { name: 'Scan', exact: true }).click();
  await page.locator('[data-line]', { hasText: 'Online' }).waitFor();
  return page;
}

async function scan(page, text, verdict) {
  await page.getByLabel('Ticket or booking code').fill(text);
  await page.keyboard.press('Enter');
  const sheet = page.locator('[data-verdict]');
  await sheet.waitFor();
  assert.equal(await sheet.getAttribute('data-verdict'), verdict);
  const said = await sheet.innerText();
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await sheet.waitFor({ state: 'detached' });
  return said;
}
const waits = (page, count) => (count ? page.locator(`[data-waits="${count}"]`).waitFor() : page.locator('[data-waits]').waitFor({ state: 'detached' }));
const offline = async (page) => {
  await page.context().setOffline(true);
  await page.reload();
  await page.locator('[data-line]', { hasText: 'Offline' }).waitFor();
};
const online = async (page) => {
  await page.context().setOffline(false);
  await waits(page, 0);
};
const late = (page, order) => page.locator(`[data-late="${order}"]`);

test('two phones without a network, one ticket: the earlier scan counts, and the later phone says so', async () => {
  const event = await newEvent('Door');
  const { order, tokens } = await book(event, 2);
  const emails = [await teammate(event, 'Dora', 'check_in'), await teammate(event, 'Boris', 'box_office')];
  const [one, two] = [await phone(event, emails[0], 'Phone one'), await phone(event, emails[1], 'Phone two')];
  assert.equal(await one.locator('[data-counts]').innerText(), '0 of 2 in');
  await offline(one);
  await offline(two);

  // In the order of the scans: the first phone comes back first.
  assert.match(await scan(one, tokens[0], 'in'), /Ann Miller[\s\S]*1 of 2 in/);
  // As a hand scanner does it: typed over what was said to the last.
  await one.getByLabel('Ticket or booking code').fill('hello');
  await one.keyboard.press('Enter');
  await one.locator('[data-verdict="unknown"]').waitFor();
  await one.keyboard.type(tokens[0]);
  await one.keyboard.press('Enter');
  await one.locator('[data-verdict="already"]', { hasText: 'by Phone one' }).waitFor();
  await one.keyboard.press('Escape');
  await scan(two, tokens[0], 'in');
  await waits(one, 1);
  await one.reload();
  await waits(one, 1);
  await online(one);
  await online(two);
  await two.getByRole('button', { name: /^Notes/ }).click();
  await late(two, order).waitFor();
  assert.match(await late(two, order).innerText(), /Ann Miller[\s\S]*Here at \d\d:\d\d; first at \d\d:\d\d by Phone one\./);
  assert.equal(await one.locator('[data-counts]').innerText(), '1 of 2 in');

  // The other way round: the later scan is told first, and was the first that the room heard of.
  await two.getByRole('button', { name: 'Scan', exact: true }).click();
  await offline(one);
  await offline(two);
  await scan(one, tokens[1], 'in');
  await scan(two, tokens[1], 'in');
  await online(two);
  await two.getByRole('button', { name: /^Notes/ }).click();
  assert.equal(await late(two, order).count(), 1);
  await online(one);
  await late(two, order).nth(1).waitFor();
  assert.match(await late(two, order).nth(1).innerText(), /by Phone one\./);
  await one.getByRole('button', { name: /^Notes/ }).click();
  await one.getByText('Nobody was let in twice.').waitFor();
  for (const page of [one, two]) {
    await page.locator('[data-counts]', { hasText: '2 of 2 in' }).waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

test('what is no ticket of this event lets nobody in, with and without a network', async () => {
  const [event, other] = [await newEvent('Strict'), await newEvent('Elsewhere')];
  const [good, foreign] = [await book(event, 2), await book(other, 1)];
  const gone = await book(event, 1);
  await command(ann, event, 'cancel', { order: gone.order });
  const page = await phone(event, await teammate(event, 'Dora', 'check_in'), 'Phone');
  const [token] = good.tokens;
  // The last character carries bits that say nothing; the one before doesn't.
  const altered = token.slice(0, -2) + (token.at(-2) === 'A' ? 'B' : 'A') + token.at(-1);
  const check = async () => {
    await scan(page, altered, 'forged');
    await scan(page, token.replace(`${event.id}.`, `${other.id}.`), 'forged');
    await scan(page, foreign.tokens[0], 'elsewhere');
    await scan(page, gone.tokens[0], 'cancelled');
    await scan(page, gone.code, 'cancelled');
    await scan(page, 'hello', 'unknown');
  };
  await check();
  await offline(page);
  await check();
  await waits(page, 0);

  // Cancelled while this phone had no network: let in, and reported when it has one again.
  await scan(page, token, 'in');
  await command(ann, event, 'cancel', { order: good.order });
  await online(page);
  await page.getByRole('button', { name: /^Notes/ }).click();
  await page.locator(`[data-refused="${good.order}"]`, { hasText: 'the booking was cancelled' }).waitFor();
  await page.getByRole('button', { name: 'I’ve read this' }).click();
  await page.locator(`[data-refused="${good.order}"]`).waitFor({ state: 'detached' });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('people are found by name and let in by hand, and what is booked meanwhile comes by itself', async () => {
  const event = await newEvent('By hand');
  const { code } = await book(event, 2);
  const page = await phone(event, await teammate(event, 'Dora', 'check_in'), 'Phone', { dark: true });
  assert.equal(await tooWide(page), 0);
  assert.deepEqual(await seriousViolations(page), []);
  await page.getByLabel('Ticket or booking code').fill(code.toLowerCase());
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^Let in (?!all)/ }).first().click();
  await page.locator('[data-verdict="in"]').waitFor();
  assert.deepEqual(await seriousViolations(page), []);
  await page.keyboard.press('Escape');
  await page.locator('[data-counts]', { hasText: '1 of 2 in' }).waitFor();
  await book(event, 3);
  await page.locator('[data-counts]', { hasText: '1 of 5 in' }).waitFor();
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByLabel('Find by name or code').fill('miller');
  await page.getByRole('button', { name: /0 of 3 in/ }).click();
  await dialog.getByRole('button', { name: 'Let in all 3' }).click();
  await page.locator('[data-verdict="in"]').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('[data-counts]', { hasText: '4 of 5 in' }).waitFor();
  assert.deepEqual(await seriousViolations(page), []);
  await page.getByRole('button', { name: /^Notes/ }).click();
  await page.getByText('Everything is sent.').waitFor();
  assert.deepEqual(await seriousViolations(page), []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a viewer does not come to the door, and sign-out leaves nothing on the phone', async () => {
  const event = await newEvent('Closed');
  const { tokens } = await book(event, 2);
  const viewer = await newPerson(browser, { phone: true });
  await signIn(viewer, await teammate(event, 'Vera', 'viewer'), PASSWORD);
  await viewer.goto(`${base}/desk/events/${event.id}/door`);
  await viewer.getByRole('heading', { name: 'This is for those at the door.' }).waitFor();
  assert.equal(await kept(viewer), 0);
  await viewer.context().close();

  const page = await phone(event, await teammate(event, 'Dora', 'check_in'), 'Phone');
  await scan(page, tokens[0], 'in');
  await waits(page, 0);
  assert.ok((await kept(page)) > 1);
  const leave = async () => {
    await page.getByRole('button', { name: 'Account: Dora' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
  };
  // What only this phone knows is not thrown away unasked.
  await page.context().setOffline(true);
  await scan(page, tokens[1], 'in');
  await waits(page, 1);
  await leave();
  await page.getByRole('dialog', { name: 'Scans wait to be sent' }).getByRole('button', { name: 'Stay' }).click();
  await online(page);
  await leave();
  await page.getByRole('heading', { name: 'This is for those at the door.' }).waitFor();
  await isBare(page);
  assert.equal(await kept(page), 0);
  await page.context().setOffline(true);
  await assert.rejects(page.reload(), /ERR_/);
  await page.context().close();
});

/** How many things are on this device: rows in its database, and files that were put by. */
const kept = (page) => page.evaluate(async () => {
  let count = (await caches.keys()).filter((name) => name.startsWith('houseful-shell-')).length;
  if (!(await indexedDB.databases()).some(({ name }) => name === 'houseful')) return count;
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const db = await done(indexedDB.open('houseful'));
  for (const store of db.objectStoreNames) count += await done(db.transaction(store).objectStore(store).count());
  db.close();
  return count;
});

test('a ticket that was seen opens without a network, until sign-out', async () => {
  const event = await newEvent('Ticket');
  const { order } = await book(event, 1);
  const page = await newPerson(browser, { phone: true });
  await signIn(page, GUEST);
  await page.goto(`${base}/bookings/${order}`);
  await page.getByRole('button', { name: 'Bright screen' }).waitFor();
  await shellKept(page);
  await page.context().setOffline(true);
  await page.reload();
  await page.locator('[data-kept]').waitFor();
  await page.getByRole('button', { name: 'Bright screen' }).click();
  await page.getByRole('dialog').getByRole('img').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Account: Ann Miller' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await isBare(page);
  assert.equal(await kept(page), 0);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

/** A browser with a folder of its own, as a process that can be killed. */
async function ownBrowser(folder) {
  const child = spawn(process.env.CHROMIUM ?? '/usr/bin/chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank',
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface(child.stderr);
  const address = await new Promise((resolve) => lines.on('line', (line) => {
    const [, found] = line.match(/^DevTools listening on (ws:\S+)/) ?? [];
    if (found) resolve(found);
  }));
  const connected = await chromium.connectOverCDP(address);
  const kill = () => {
    child.kill('SIGKILL');
    return gone;
  };
  return { page: await connected.contexts()[0].newPage(), kill };
}

test('a browser that is killed has lost no scan', async () => {
  const event = await newEvent('Killed');
  const { order, tokens } = await book(event, 1);
  const email = await teammate(event, 'Dora', 'check_in');
  const folder = mkdtempSync(join(tmpdir(), 'houseful-browser-'));
  let phone = await ownBrowser(folder);
  try {
    await signIn(phone.page, email, PASSWORD);
    await openDoor(phone.page, event);
    await phone.page.context().setOffline(true);
    await scan(phone.page, tokens[0], 'in');
    const scanned = Date.now();
    await phone.kill();
    phone = await ownBrowser(folder);
    // Cookies reach the disk late: whoever signed in a moment ago may have to again.
    const door = `${base}/desk/events/${event.id}/door`;
    await phone.page.goto(door);
    const isOut = phone.page.getByRole('heading', { name: 'This is for those at the door.' });
    await isOut.or(phone.page.locator('[data-counts]')).first().waitFor();
    if (await isOut.count()) await signIn(phone.page, email, PASSWORD);
    await phone.page.goto(door);
    await phone.page.locator('[data-counts]', { hasText: '1 of 1 in' }).waitFor();
    await waits(phone.page, 0);
    const { places: [told] } = await command(organiser, event, 'check_in', { order, place: 'a0.0' });
    assert.ok(!told.first && told.at <= scanned && told.device.startsWith('Device'), JSON.stringify(told));
  } finally {
    // The children of a killed browser write for a moment longer.
    await phone.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 30, retryDelay: 200 });
  }
});

const [WIDTH, HEIGHT, SQUARE] = [640, 480, 8];
/** A still film of a QR code, as a camera would see it: grey, and not in the middle. */
function film(text) {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const luma = Buffer.alloc(WIDTH * HEIGHT, 150);
  const [left, top] = [(WIDTH - size * SQUARE) / 2 + 30, (HEIGHT - size * SQUARE) / 2 - 10].map(Math.round);
  for (let y = 0; y < size * SQUARE; y++)
    for (let x = 0; x < size * SQUARE; x++)
      luma[(top + y) * WIDTH + left + x] = data[Math.floor(y / SQUARE)][Math.floor(x / SQUARE)] ? 40 : 215;
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420\n`), frame, frame]);
}

test('the camera reads a ticket', async () => {
  const event = await newEvent('Camera');
  const { tokens } = await book(event, 1);
  const email = await teammate(event, 'Dora', 'check_in');
  const folder = mkdtempSync(join(tmpdir(), 'houseful-film-'));
  const file = join(folder, 'ticket.y4m');
  writeFileSync(file, film(tokens[0]));
  const seeing = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${file}`],
  });
  try {
    const page = await newPerson(seeing, { phone: true });
    await page.context().grantPermissions(['camera'], { origin: base });
    await signIn(page, email, PASSWORD);
    // Who has allowed it before need not press anything.
    await page.goto(`${base}/desk/events/${event.id}/door`);
    await page.locator('[data-verdict="in"]', { hasText: 'Ann Miller' }).waitFor();
    await page.locator('[data-counts]', { hasText: '1 of 1 in' }).waitFor();
    assert.deepEqual(page.faults, []);
  } finally {
    await seeing.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
