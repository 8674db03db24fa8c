// A house that nobody has opened yet: a server of a test's own, and who makes its first account by the link that it
// prints.

import { startServer } from './program.mjs';

export const PASSWORD = 'a long and quiet evening';

/** Its server, the harness for its address, a browser, and what makes a page's person its first admin. The options
 * are those of `startServer`. */
export async function newHouse(options = {}) {
  const server = await startServer({ ...options, until: /\/setup#/ });
  const setup = server.said.at(-1).trim();
  process.env.HOUSEFUL_URL = new URL(setup).origin;
  // Only now, for it reads the address when it is loaded.
  const harness = await import('./harness.mjs');
  const openHouse = async (page, name = 'Ada Min', email = 'ada@example.org') => {
    await page.goto(setup);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create the first account' }).click();
    await page.waitForURL(/\/desk$/);
  };
  return { server, harness, browser: await harness.openBrowser(), openHouse };
}
