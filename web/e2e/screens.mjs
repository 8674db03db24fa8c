// Takes the pictures of docs/screens.md, every page on a desk and on a phone: `npm run screens`, once the server is
// built. It starts a demo of its own and ends it.

import { mkdirSync } from 'node:fs';
import { startServer } from './program.mjs';

const folder = new URL('../../docs/images/screens/', import.meta.url).pathname;
const [THEATRE, CLUB] = [1, 2];

const server = await startServer({ words: ['--demo'], settings: { HOUSEFUL_ACCOUNTS__SIGN_UP_PER_HOUR_ADDRESS: '1000' } });
process.env.HOUSEFUL_URL = server.urls[0];
// Only now, for it reads the address when it is loaded.
const { DEMO_PASSWORD, base, newPerson, openBrowser, signIn } = await import('./harness.mjs');
const ANN = 'ann@demo.example';
const ORGANISER = 'organiser@demo.example';

/** Over HTTP, as one person. */
async function asker(email) {
  const post = { method: 'POST', headers: { 'X-Houseful': '1', 'Content-Type': 'application/json' } };
  const answer = await fetch(`${base}/api/v1/auth/sign-in`, { ...post, body: JSON.stringify({ email, password: DEMO_PASSWORD }) });
  const headers = { ...post.headers, Authorization: `Bearer ${(await answer.json()).accessToken}` };
  return async (path, body, method = body === undefined ? 'GET' : 'POST') => {
    const given = await fetch(`${base}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!given.ok) throw new Error(`${method} ${path}: ${given.status} ${await given.text()}`);
    return given.json();
  };
}

/** Something to see on each page: events that are followed, a booking with tickets; answers the booking. */
async function fill() {
  const ann = await asker(ANN);
  const command = async (room, name, body) => (await ann(`/rooms/${encodeURIComponent(room)}/commands/${name}`, { body })).body;
  await ann(`/events/${THEATRE}/follow`, undefined, 'PUT');
  await ann(`/events/${CLUB}/follow`, undefined, 'PUT');
  await command(`events/${THEATRE}/seats`, 'hold', { seats: [208, 209] });
  const { order } = await command(`events/${THEATRE}/seats`, 'book', { payment: 'door' });
  return order;
}

async function take(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(700);
  const width = page.viewportSize().width;
  await page.screenshot({ path: `${folder}${name}-${width}.jpg`, type: 'jpeg', quality: 72 });
  console.log(name, width);
}

/** Every page that they go to, with what is there once it is complete. */
async function walk(page, pages) {
  for (const [name, path, complete] of pages) {
    await page.goto(base + path);
    await complete(page).first().waitFor();
    await page.waitForLoadState('networkidle');
    await take(page, name);
  }
}

const heading = (page) => page.getByRole('heading', { level: 1 });
const map = (page) => page.getByRole('application');

const browser = await openBrowser();
try {
  mkdirSync(folder, { recursive: true });
  const order = await fill();
  const ofAnn = [
    ['lobby', '/', (page) => page.locator('a.event')],
    ['event', `/events/${THEATRE}`, map],
    ['bookings', '/bookings', heading],
    ['tickets', `/bookings/${order}`, (page) => page.getByRole('img', { name: /^QR code/ })],
    ['notifications', '/notifications', heading],
    ['settings', '/settings', heading],
  ];
  const ofOrganiser = [
    ['desk', '/desk', heading],
    ['desk-new', '/desk/new', heading],
    ['console', `/desk/events/${THEATRE}`, map],
    ['webhooks', '/desk/webhooks', heading],
    ['door', `/desk/events/${THEATRE}/door`, heading],
  ];
  for (const phone of [false, true]) {
    const ann = await newPerson(browser, { phone });
    await signIn(ann, ANN);
    await walk(ann, ofAnn);
    const organiser = await newPerson(browser, { phone, dark: phone });
    await signIn(organiser, ORGANISER);
    await walk(organiser, ofOrganiser);
  }
} finally {
  await browser.close();
  await server.stop();
}
