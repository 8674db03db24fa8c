// The pages of the events dialect in a browser: the one that shows reminders, by keyboard alone, over a crash and on a
// phone by night; and the one to try the interface out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newPerson, openBrowser, seriousViolations, tabTo, tooWide } from '../e2e/harness.mjs';
import { client, futureDate } from './events.mjs';
import { open } from './house.mjs';

let house;
let api;
let browser;
before(async () => {
  house = await open();
  api = client(house);
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await house.close();
});

/** People of whom nobody is away yet are reminded twenty seconds after a start. */
const SETTLED_MS = 60_000;
const UPCOMING = { name: 'Upcoming events' };
const items = (page) => page.getByRole('region', UPCOMING).getByRole('listitem');
const is = (page, text) => page.getByRole('status').filter({ hasText: text }).waitFor();

async function eventIn(hours, headline) {
  const owner = await api.person();
  const body = { headline, description: 'What it is', startDate: futureDate(hours), location: 'Milan', state: 'public' };
  return (await api.post('/event', body, owner.token)).body.data[0];
}

test('reminders come to the page by keyboard alone, on one connection, and stay over a crash', async () => {
  const ann = await api.person();
  const page = await newPerson(browser);
  const opened = [];
  page.on('request', (request) => {
    if (request.method() === 'GET' && /\/socket\.io\/\?EIO=4&transport=polling$/.test(request.url())) opened.push(request.url());
  });
  await page.goto(`http://${house.at.events}/`);
  await is(page, 'connection down');
  await page.getByText('Nothing yet.').waitFor();
  assert.deepEqual(await seriousViolations(page), []);

  await tabTo(page, page.getByLabel('JWT authentication token'));
  await page.keyboard.type('Bearer nonsense');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'This token is not taken.' }).waitFor();
  await is(page, /^connection down$/);
  await page.getByLabel('JWT authentication token').press('ControlOrMeta+a');
  await page.keyboard.insertText(ann.token);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Connect');
  const before = opened.length;
  await page.keyboard.press('Enter');
  await is(page, /^connection up$/);
  await page.getByRole('alert').waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');

  const [first, second] = [await eventIn(2, 'An evening of songs'), await eventIn(1, 'A <b>bold</b> night')];
  await api.post(`/event/${first.id}/subscribe`, undefined, ann.token);
  await items(page).filter({ hasText: /^An evening of songs - .* \(Coordinated Universal Time\) @Milan$/ }).waitFor({ timeout: SETTLED_MS });
  assert.equal(opened.length, before + 1, 'connecting again opens nothing');

  await house.kill();
  await is(page, 'trying again');
  await house.start();
  await is(page, /^connection up$/);
  await api.post(`/event/${second.id}/subscribe`, undefined, ann.token);
  await items(page).filter({ hasText: 'A <b>bold</b> night' }).waitFor({ timeout: SETTLED_MS });
  const texts = await items(page).allTextContents();
  assert.deepEqual(texts.map((text) => text.split(' - ')[0]), ['An evening of songs', 'A <b>bold</b> night']);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('the page fits a phone by night', async () => {
  const ben = await api.person();
  const page = await newPerson(browser, { phone: true, dark: true });
  await page.goto(`http://${house.at.events}/`);
  await page.getByLabel('JWT authentication token').fill(ben.token.replace('Bearer ', ''));
  await page.getByRole('button', { name: 'Connect' }).click();
  await is(page, /^connection up$/);
  const event = await eventIn(1, 'x'.repeat(180));
  await api.post(`/event/${event.id}/subscribe`, undefined, ben.token);
  await items(page).first().waitFor({ timeout: SETTLED_MS });
  assert.equal(await tooWide(page), 0);
  assert.deepEqual(await seriousViolations(page), []);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('the interface can be tried out', async () => {
  const page = await newPerson(browser);
  await page.goto(`http://${house.at.events}/`);
  await page.getByRole('link', { name: 'The interface' }).click();
  const login = page.locator('#operations-auth-login');
  await login.getByRole('button').first().click();
  await login.getByRole('button', { name: 'Try it out' }).click();
  await login.getByRole('button', { name: 'Execute' }).click();
  const body = login.locator('.live-responses-table .response .response-col_description').first();
  await body.filter({ hasText: 'authToken' }).waitFor();
  const token = (await body.textContent()).match(/Bearer eyJ[\w.-]+/)[0];
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  await page.locator('.auth-container input').fill(token);
  await page.locator('.auth-btn-wrapper').getByRole('button', { name: /Apply|Authorize/ }).click();
  await page.locator('.auth-btn-wrapper').getByRole('button', { name: 'Close' }).click();
  const users = page.locator('#operations-user-listUsers');
  await users.getByRole('button').first().click();
  await users.getByRole('button', { name: 'Try it out' }).click();
  await users.getByRole('button', { name: 'Execute' }).click();
  await users.locator('.live-responses-table').getByText('john@example.com').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('every path of the description is there, and answers as it says', async () => {
  const description = await (await fetch(`http://${house.at.events}/docs/openapi.json`)).json();
  const ways = Object.entries(description.paths).flatMap(([path, ways_]) => Object.keys(ways_).map((method) => [method.toUpperCase(), path]));
  assert.equal(ways.length, 15);
  for (const [method, path] of ways) {
    const answer = await api.send(method, path.replace('{id}', '999999'));
    assert.ok(answer.body, `${method} ${path}: ${answer.text}`);
    const said = description.paths[path][method.toLowerCase()].responses;
    assert.ok(String(answer.status) in said, `${method} ${path}: ${answer.status}`);
  }
});
