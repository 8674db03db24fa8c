// Takes the README's pictures: `npm run pictures`, once the server is built. It starts a demo of its own and ends it.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = new URL('../../', import.meta.url).pathname;
const folder = join(root, 'docs/images/');
const program = process.env.HOUSEFUL ?? join(root, 'target/debug/houseful');
const THEATRE = 1;

const data = mkdtempSync(join(tmpdir(), 'houseful-pictures-'));
const server = spawn(program, ['serve', '--demo', '--data', join(data, 'demo'), '--listen', '127.0.0.1:0'], {
  env: { ...process.env, HOUSEFUL_ACCOUNTS__SIGN_UP_PER_HOUR_ADDRESS: '1000' },
  stdio: ['ignore', 'pipe', 'ignore'],
});
const ended = new Promise((resolve) => server.once('exit', resolve));
process.on('exit', () => server.kill());

async function addressOf({ stdout }) {
  for await (const line of createInterface(stdout)) {
    const [, url] = line.split('listening on ');
    if (url) return url.trim();
  }
  throw new Error(`${program} ended before it listened`);
}

process.env.HOUSEFUL_URL = await addressOf(server);
// Only now, for it reads the address when it is loaded.
const { base, createAccount, newPerson, openBrowser, signIn, signUp } = await import('./harness.mjs');

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
  for (const name of ['Mia Lind', 'Tom Aydin', 'Ines Roth']) {
    const guest = await newPerson(browser);
    await signUp(guest, name);
    await openMap(guest);
    await holdTwo(guest);
  }
}

const browser = await openBrowser();
try {
  mkdirSync(folder, { recursive: true });
  await fillHouse(browser);

  const ann = await newPerson(browser);
  await signUp(ann, 'Ann Keller');
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
  server.kill();
  await ended;
  rmSync(data, { recursive: true, force: true });
}
