// A server of a test's own: started, asked where it listens, ended by its id, its data folder taken away.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const root = new URL('../../', import.meta.url).pathname;
/** Where the suite's own program is, others lie beside it. */
export const program = process.env.HOUSEFUL ?? join(root, 'target/debug/houseful');

/** Answers when it has named its listeners and said a line of `until`; `said` is what it had said by then. At
 * `port` it is only where its address must be known before it starts; in a folder that is given it goes on with
 * what another left there, and leaves it. */
export async function startServer({
  name = 'houseful', words = [], listeners = 1, port = 0, settings = {}, until = /^listening on /, folder,
}) {
  const data = folder ?? mkdtempSync(join(tmpdir(), 'houseful-e2e-'));
  // What the suite is told by variables, a server would take for its configuration.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('HOUSEFUL')));
  Object.assign(env, { HOUSEFUL_OPERATOR__LISTEN: '127.0.0.1:0' }, settings);
  const places = Array.from({ length: listeners }, () => ['--listen', `127.0.0.1:${port}`]).flat();
  const child = spawn(name === 'houseful' ? program : join(dirname(program), name), [
    'serve', '--data', join(data, 'house'), ...places, ...words,
  ], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.on('exit', () => child.kill());
  const said = [];
  const urls = [];
  // Read to its end, so that the server can always say more.
  await new Promise((resolve, reject) => {
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => {
      said.push(line);
      const [, url] = line.match(/^(?:listening on|  and on) +(http\S+)/) ?? [];
      if (url) urls.push(url);
      if (urls.length >= listeners && said.some((one) => until.test(one))) resolve();
    });
    lines.on('close', () => reject(new Error(`${name} ended before it said ${until}`)));
    child.on('error', reject);
  });
  const stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await ended;
    if (!folder) rmSync(data, { recursive: true, force: true });
  };
  return { urls, said, stop, pid: child.pid };
}

/** A port that nobody has now. */
export const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
