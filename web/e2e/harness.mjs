// What the browser tests share: a browser, people with accounts made through the page, and small waits for facts.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

export const base = process.env.HOUSEFUL_URL ?? 'http://127.0.0.1:8787';
export const DEMO_PASSWORD = 'curtain-up-demo';

const ARGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const openBrowser = () => chromium.launch({ executablePath, args: ARGS });

export async function newPerson(browser, options = {}) {
  const phone = options.phone ?? false;
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    hasTouch: phone,
    isMobile: phone,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: options.motion ? 'no-preference' : 'reduce',
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) page.faults.push(message.text());
  });
  return page;
}

let made = 0;
export const freshEmail = () => `guest-${process.pid}-${Date.now()}-${++made}@example.org`;

/** In the dialog that is open. */
export async function createAccount(page, name) {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('tab', { name: 'Create account' }).click();
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('E-mail').fill(freshEmail());
  await dialog.getByLabel('Password').fill('a long and quiet evening');
  await dialog.locator('form button').click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: `Account: ${name}` }).waitFor();
}

export async function signIn(page, email, password = DEMO_PASSWORD) {
  await page.goto(base);
  await page.getByRole('button', { name: 'Sign in' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Password').fill(password);
  await dialog.locator('form button').click();
  await dialog.waitFor({ state: 'detached' });
}

export async function signUp(page, name, at = base) {
  await page.goto(at);
  await page.getByRole('button', { name: 'Sign in' }).first().click();
  await createAccount(page, name);
}

const inMonths = (months) => {
  const at = new Date();
  at.setMonth(at.getMonth() + months);
  return at.toISOString().slice(0, 10);
};

/** An event of its own for each test: created and published by the demo's organiser, through the page. */
export async function createEvent(page, title, options = {}) {
  await page.goto(`${base}/desk/new`);
  await page.getByRole('textbox', { name: 'Title', exact: true }).fill(title);
  await page.getByRole('textbox', { name: 'Place', exact: true }).fill('Test Hall');
  await page.getByLabel('Date', { exact: true }).fill(inMonths(2));
  await page.getByLabel('Rows', { exact: true }).first().fill('6');
  await page.getByLabel('Seats per row').fill('12');
  await page.getByLabel('Aisle after seat').fill('6');
  const rows = page.getByRole('group', { name: 'Prices, front to back' }).getByLabel('Rows');
  await rows.nth(0).fill('3');
  await rows.nth(1).fill('3');
  if (options.free) {
    const prices = page.getByRole('group', { name: 'Prices, front to back' }).getByLabel(/^Price/);
    await prices.nth(0).fill('0');
    await prices.nth(1).fill('0');
  }
  if (options.area) {
    await page.getByRole('button', { name: 'Add a standing area' }).click();
    await page.getByRole('spinbutton', { name: 'Places', exact: true }).fill(String(options.area));
  }
  await page.getByRole('button', { name: 'Create draft' }).click();
  await page.waitForURL(/\/desk\/events\//);
  const id = page.url().split('/').at(-1);
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('On sale. Share the link:').waitFor();
  return id;
}

/** An event of the demo's organiser, who goes again; answers its number. */
export async function openEvent(browser, title) {
  const organiser = await newPerson(browser);
  await signIn(organiser, 'organiser@demo.example');
  const event = await createEvent(organiser, title);
  await organiser.context().close();
  return event;
}

export async function openList(page, id, at = base) {
  await page.goto(`${at}/events/${id}`);
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: /^Front/ }).last().click();
}

export async function openRow(page, row) {
  const opener = page.getByRole('button', { name: new RegExp(`^Row ${row} \\d`) });
  if ((await opener.getAttribute('aria-expanded')) !== 'true') await opener.click();
}

export const seat = (page, row, number, state = '') =>
  page.getByRole('button', { name: new RegExp(`^Row ${row}, Seat ${number}, .*${state}$`) });

/** With the Tab key alone, as far as it goes. */
export async function tabTo(page, target, key = 'Tab') {
  await target.waitFor();
  for (let k = 0; k < 80; k++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`Tab does not lead to ${target}`);
}

/** How far the page can be scrolled sideways, in pixels. */
export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious violations only; the page's own rules forbid scripts from elsewhere, so it is evaluated. */
export async function seriousViolations(page) {
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return result.violations
    .filter((violation) => ['serious', 'critical'].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
