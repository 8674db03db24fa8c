// An evening from nothing to an empty seat that is taken again: an organiser opens a house and an event; Ben finds it,
// follows it, books the last seats, has a mail, is reminded, cancels; Cleo, who waits, gets a seat. The organiser sees
// each step. A server of its own, with a mail server that is none of ours and a clock that the test moves.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openClock } from './hands.mjs';
import { newHouse } from './newhouse.mjs';
import { startPost } from './post.mjs';
import { freePort } from './program.mjs';

const TITLE = 'The first evening';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** One is reminded a day before; until then the story goes on for less than this. */
const AHEAD_MS = 5 * MINUTE_MS;
const ZONES = [
  'Pacific/Honolulu', 'America/Los_Angeles', 'America/New_York', 'America/Sao_Paulo', 'Europe/London', 'Europe/Istanbul',
  'Asia/Karachi', 'Asia/Tokyo', 'Pacific/Auckland',
];

let post;
let clock;
let server;
let browser;
let harness;
let openHouse;
let startsAt;
const people = {};

before(async () => {
  post = await startPost();
  clock = openClock();
  const port = await freePort();
  const settings = { ...post.settings, ...clock.settings, HOUSEFUL_PUBLIC_URL: `http://127.0.0.1:${port}` };
  ({ server, harness, browser, openHouse } = await newHouse({ port, settings }));
});
after(async () => {
  await browser?.close();
  await server?.stop();
  clock?.close();
  post?.stop();
});

/** A moment as the clock of a zone has it: `2027-05-05`, `19:30`. */
function local(ms, timeZone) {
  const [date, time] = new Date(ms).toLocaleString('sv-SE', { timeZone }).split(' ');
  return { date, time: time.slice(0, 5), hour: Number(time.slice(0, 2)) };
}

const olga = () => people.olga;
const bookings = (text) => olga().locator('[data-bookings]', { hasText: text });
const tab = (name) => olga().getByRole('tab', { name });

test('an organiser opens the house, and an event with a plan and a picture', async () => {
  const page = (people.olga = await harness.newPerson(browser));
  await openHouse(page, 'Olga Niser', 'olga@house.example');
  const picture = await page.screenshot();
  await page.goto(`${harness.base}/desk/new`);
  await page.getByRole('textbox', { name: 'Title', exact: true }).fill(TITLE);
  await page.getByRole('textbox', { name: 'Place', exact: true }).fill('The small house');
  // Nobody is reminded at night: where it is midday, a day before is a day before.
  startsAt = Math.floor((Date.now() + DAY_MS + AHEAD_MS) / MINUTE_MS) * MINUTE_MS;
  const zone = ZONES.find((one) => Math.abs(local(startsAt, one).hour - 14) <= 4);
  const { date, time } = local(startsAt, zone);
  await page.getByLabel('Date', { exact: true }).fill(date);
  await page.getByLabel('Time', { exact: true }).fill(time);
  await page.getByLabel('Time zone').selectOption(zone);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a picture' }).click();
  await (await chooser).setFiles({ name: 'house.png', mimeType: 'image/png', buffer: picture });
  await page.getByRole('img', { name: 'The picture of the event' }).waitFor();
  await page.getByLabel('Rows', { exact: true }).first().fill('2');
  await page.getByLabel('Seats per row').fill('1');
  await page.getByLabel('Aisle after seat').fill('');
  await page.getByLabel('Wheelchair').fill('0');
  const prices = page.getByRole('group', { name: 'Prices, front to back' });
  for (const nth of [0, 1]) {
    await prices.getByLabel('Rows').nth(nth).fill('1');
    await prices.getByLabel(/^Price/).nth(nth).fill('0');
  }
  await page.getByRole('button', { name: 'Create draft' }).click();
  await page.waitForURL(/\/desk\/events\//);
  people.event = page.url().split('/').at(-1);
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('On sale. Share the link:').waitFor();
});

async function find(name) {
  const page = await harness.newPerson(browser);
  await harness.signUp(page, name);
  await page.getByRole('searchbox', { name: 'Search events' }).fill('first evening');
  await page.locator('.programme').getByRole('link', { name: TITLE }).click();
  await page.getByRole('heading', { level: 1, name: TITLE }).waitFor();
  return page;
}

test('Ben finds it, follows it, and books both seats; the mail has a calendar file', async () => {
  const page = (people.ben = await find('Ben Journey'));
  await page.getByRole('button', { name: `Follow “${TITLE}”` }).click();
  await page.getByRole('button', { name: `Following “${TITLE}”`, pressed: true }).waitFor();
  await tab('People').click();
  await olga().getByRole('region', { name: /Followers/ }).getByText('Ben Journey').waitFor();
  await page.getByRole('button', { name: 'List', exact: true }).click();
  const section = page.locator('button.section');
  await section.nth(1).waitFor();
  for (const [nth, row] of ['A', 'B'].entries()) {
    if ((await section.nth(nth).getAttribute('aria-expanded')) !== 'true') await section.nth(nth).click();
    await harness.openRow(page, row);
    await harness.seat(page, row, 1).click();
  }
  await page.getByRole('button', { name: 'Book free tickets' }).click();
  await page.getByRole('heading', { name: 'You’re in.' }).waitFor();
  await tab('Sale').click();
  await bookings('1 · 2 places').waitFor();

  const mail = await post.mail((one) => one.headers.subject === `Your booking: ${TITLE}`);
  const [code] = mail.parts['text/plain'].match(/BK-\w+/);
  await page.getByText(code).first().waitFor();
  const calendar = mail.parts['text/calendar'].replaceAll(/\r?\n[ \t]/g, '');
  const utc = new Date(startsAt).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  assert.ok(calendar.includes(`SUMMARY:${TITLE}`) && calendar.includes(`DTSTART:${utc}`), calendar);
  assert.match(mail.parts['text/plain'], new RegExp(`${harness.base}/events/${people.event}`));
});

test('Cleo finds it full and waits, and the organiser sees it', async () => {
  const page = (people.cleo = await find('Cleo Journey'));
  await page.getByRole('button', { name: 'Wait for a place' }).click();
  await page.getByText('You’re waiting for one place.').waitFor();
  await olga().getByText('1 person waits for 1 place.').waitFor();
});

test('a day before, Ben is reminded in the page that he has open', async () => {
  clock.set(Math.ceil((startsAt - DAY_MS - Date.now()) / 1_000) + 1);
  // The server looks at the clock at least once a minute, and whenever something happens that concerns anybody.
  await people.cleo.getByRole('button', { name: `Follow “${TITLE}”` }).click();
  await people.ben.locator('[data-came]').getByText(`${TITLE} starts in`).waitFor({ timeout: 40_000 });
  assert.ok(!post.mails.some(({ to, headers }) => to[0] !== 'olga@house.example' && headers.subject.startsWith(`${TITLE}: `)),
    'who is here is reminded here');
});

test('Ben cancels, Cleo takes the seat that is kept for her, and the organiser’s list says so', async () => {
  const { ben, cleo } = people;
  await ben.goto(`${harness.base}/bookings`);
  await ben.getByRole('button', { name: 'Cancel booking' }).click();
  await ben.getByRole('button', { name: 'Cancel the booking' }).click();
  await ben.getByText('Cancelled', { exact: true }).waitFor();

  await cleo.getByText('A place is kept for you.').waitFor();
  await cleo.getByRole('button', { name: 'Take the place' }).click();
  await cleo.getByRole('button', { name: 'Book free tickets' }).click();
  await cleo.getByRole('heading', { name: 'You’re in.' }).waitFor();
  await bookings('1 · 1 place').waitFor();
  const download = olga().waitForEvent('download');
  await olga().getByRole('button', { name: 'Save as CSV' }).click();
  const list = await readFile(await (await download).path(), 'utf8');
  assert.match(list, /Cleo Journey/);
  assert.deepEqual([olga(), ben, cleo].flatMap((page) => page.faults), []);
});
