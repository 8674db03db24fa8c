// A house of a suite's own: the demo with every dialect on a free port, that can be killed and started again.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../e2e/program.mjs';

const DIALECTS = ['seats', 'events', 'events-live', 'booking', 'chat', 'lobby'];

/** Starts a demo. `at` says where each dialect listens (`host:port`), `url` where the native interface is. After
 * `kill` (SIGKILL) or `end` (SIGTERM) `start` starts it again on the same data and at the same addresses. `settings`
 * are variables of its configuration; `name` is another program than the server's own. */
export async function open({ name, settings = {}, words = ['--demo'] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'houseful-dialects-'));
  const house = { at: Object.fromEntries(DIALECTS.map((name) => [name, '127.0.0.1:0'])), url: '', folder };
  let port = 0;
  let server;
  house.start = async () => {
    const dialects = DIALECTS.flatMap((name) => ['--dialect', `${name}=${house.at[name]}`]);
    server = await startServer({
      name, words: [...words, ...dialects], port, settings, folder, until: /^ {2}lobby /,
    });
    for (const line of server.said) {
      const [, name, at] = line.match(/^ {2}(\S+) +http:\/\/(\S+)$/) ?? [];
      if (DIALECTS.includes(name)) house.at[name] = at;
    }
    house.url = server.urls[0];
    house.pid = server.pid;
    port = Number(new URL(house.url).port);
    return house;
  };
  house.kill = () => server.stop('SIGKILL');
  house.end = () => server.stop();
  house.close = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return house.start();
}
