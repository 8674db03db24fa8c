// Takes the README's pictures: `npm run pictures`, once the server is built. It starts a demo of its own and ends it.

import { mkdirSync } from 'node:fs';
import { startServer } from './program.mjs';

const folder = new URL('../../docs/images/', import.meta.url).pathname;
const THEATRE = 1;

const server = await startServer({ words: ['--demo'], settings: { HOUSEFUL_ACCOUNTS__SIGN_UP_PER_HOUR_ADDRESS: '1000' } });
process.env.HOUSEFUL_URL = server.urls[0];
// Only now, for it reads the address when it is loaded.
const { base, createAccount, newPerson, openBrowser, signIn, signUp } = await import('./harness.mjs');
const { makeRoom, message, say } = await import('./meeting.mjs');

/** Fonts have come and nothing moves any more. */
async function take(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${folder}${name}.png` });
  console.log(name);
}

async function openMap(page) {
  await page.goto(`${base}/events/${THEATRE}`);
  await page.getByRole('application').waitFor();
}

async function holdTwo(page) {
  await page.getByRole('button', { name: 'Best for me' }).click();
  await page.getByText(/Held for you/).waitFor();
}

/** A house is dull without people in it; they stay until the browser goes. */
async function fillHouse(browser) {
  const guests = [];
  for (const name of ['Mia Lind', 'Tom Aydin', 'Ines Roth']) {
    const guest = await newPerson(browser);
    await signUp(guest, name);
    await openMap(guest);
    await holdTwo(guest);
    guests.push(guest);
  }
  return guests;
}

/** Says something that all of these see. */
async function tell(speaker, text, everyone) {
  await say(speaker, text);
  for (const page of everyone) await message(page, text.slice(0, 20)).waitFor();
}

async function takeChat(ann, [mia, tom]) {
  const address = await makeRoom(ann, 'Stage door');
  for (const page of [mia, tom]) {
    await page.goto(address);
    await page.getByRole('textbox', { name: 'Write a message' }).waitFor();
  }
  const everyone = [ann, mia, tom];
  await tell(ann, 'Who is coming on Friday?', everyone);
  await tell(mia, 'Me! Two of us, row C if we can get it. The programme: https://example.org/programme', everyone);
  await tell(tom, 'I’ll be late, 19:40 or so. @Ann Keller, will you keep my ticket?', everyone);
  await tell(ann, 'Of course. The usual place.', everyone);
  await take(ann, 'chat');
}

const tool = (page, name) => page.getByRole('toolbar').getByRole('button', { name, exact: true }).click();

/** One figure from corner to corner, in pixels of the board. */
async function draw(page, name, colour, ...points) {
  await tool(page, name);
  await tool(page, colour);
  const box = await page.getByRole('application', { name: 'Whiteboard' }).boundingBox();
  const [first, ...rest] = points.map(([x, y]) => [box.x + x, box.y + y]);
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const point of rest) await page.mouse.move(...point, { steps: 6 });
  await page.mouse.up();
}

async function write(page, colour, [x, y], text) {
  await tool(page, 'Text');
  await tool(page, colour);
  const box = await page.getByRole('application', { name: 'Whiteboard' }).boundingBox();
  await page.mouse.click(box.x + x, box.y + y);
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

async function takeBoard(ann, ines) {
  const address = await makeRoom(ann, 'Set design', { app: 'Whiteboard' });
  await ines.goto(address);
  await ines.getByRole('application', { name: 'Whiteboard' }).waitFor();
  await draw(ann, 'Rectangle', 'ink', [170, 90], [690, 330]);
  await draw(ann, 'Line', 'grey', [430, 90], [430, 330]);
  await draw(ann, 'Ellipse', 'green', [230, 150], [370, 270]);
  await write(ann, 'green', [246, 195], 'the wood');
  await draw(ines, 'Rectangle', 'blue', [500, 160], [630, 260]);
  await write(ines, 'blue', [522, 195], 'Sicilia');
  await draw(ines, 'Arrow', 'red', [300, 420], [300, 345]);
  await write(ines, 'red', [240, 425], 'the bear leaves here');
  await draw(ann, 'Pen', 'orange', [250, 380], [330, 372], [420, 386], [510, 372], [600, 384]);
  await ann.locator('[data-kind=text]').nth(2).waitFor();
  await tool(ann, 'Select and move');
  await ines.mouse.move(660, 560);
  await ann.locator('[data-cursor]').waitFor();
  await take(ann, 'board');
}

const browser = await openBrowser();
try {
  mkdirSync(folder, { recursive: true });
  const [mia, tom, ines] = await fillHouse(browser);

  const ann = await newPerson(browser);
  await signUp(ann, 'Ann Keller');
  await takeChat(ann, [mia, tom]);
  await takeBoard(ann, ines);
  await makeRoom(ann, 'String quartet', { minimum: 4 });
  await ann.getByRole('link', { name: 'houseful, to the events' }).click();
  await ann.locator('a.event').first().waitFor();
  await take(ann, 'lobby');
  await openMap(ann);
  await holdTwo(ann);
  await take(ann, 'event');
  await ann.emulateMedia({ colorScheme: 'dark' });
  await take(ann, 'event-dark');

  const phone = await newPerson(browser, { phone: true });
  await openMap(phone);
  await phone.getByRole('button', { name: 'Best for me' }).tap();
  await createAccount(phone, 'Sam Holm');
  await phone.getByText(/Held for you/).waitFor();
  await take(phone, 'phone');

  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  await organiser.goto(`${base}/desk/events/${THEATRE}`);
  await organiser.getByRole('application').waitFor();
  await organiser.locator('tbody tr').first().waitFor();
  await take(organiser, 'console');
} finally {
  await browser.close();
  await server.stop();
}
