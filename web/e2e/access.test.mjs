// No serious violations that axe can find, by day and by night.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, newPerson, openBrowser, openEvent, openList, openRow, seriousViolations, signIn } from './harness.mjs';

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
    for (const path of ['/bookings', '/desk', '/desk/new', `/desk/events/${event}`]) {
      await page.goto(base + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await check(path);
    }
    assert.deepEqual(Object.entries(found).filter(([, list]) => list.length), []);
    await page.context().close();
  });
}
