// Proves that the package can be used by a stranger: packs it, unpacks it into an empty project, compiles and runs that.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'houseful-client-'));
const run = (command, ...args) =>
  execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

const STRANGER = `
import { Client, type SeatsApp } from '@houseful/client';

interface Counter { cells: { count: number }; commands: { add: { body: { by: number }; reply: number } } }

const client = new Client({ url: 'ws://127.0.0.1:1/live' });
const room = client.join<Counter>('counter');
const count: number | undefined = room.cell('count').get();
room.command('add', { by: 1 }, { optimistic: (draft) => draft.setCell('count', (draft.cell('count') ?? 0) + 1) })
  .then(({ body }) => body.toFixed())
  .catch((reason: Error) => console.log(reason.message));
// @ts-expect-error the command has a body
void room.command('add');
// @ts-expect-error there is no such shape
room.cell('sum');
const seats = client.join<SeatsApp>('events/1/seats').grid('seats').get().values.length;
console.log(count, seats, room.waiting.get());
process.exit(room.waiting.get() === 2 && room.cell('count').get() === 1 ? 0 : 1);
`;

try {
  const packed = join(project, 'node_modules/@houseful/client');
  mkdirSync(packed, { recursive: true });
  const [{ filename, files }] = JSON.parse(run('npm', 'pack', here, '--ignore-scripts', '--json'));
  const names = files.map(({ path }) => path);
  for (const name of ['dist/index.js', 'dist/index.d.ts', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE']) {
    if (!names.includes(name)) throw new Error(`the package lacks ${name}`);
  }
  if (names.some((name) => name.startsWith('test/'))) throw new Error('the package ships its tests');
  run('tar', 'xzf', filename, '-C', packed, '--strip-components=1');
  // Only what a release has: were the sources found in their place, this would prove nothing.
  rmSync(join(packed, 'src'), { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(project, 'stranger.ts'), STRANGER);
  const tsc = join(here, '../../node_modules/typescript/bin/tsc');
  writeFileSync(join(project, 'process.d.ts'), 'declare const process: { exit(code: number): never };');
  run('node', tsc, '--strict', '--target', 'es2022', '--module', 'nodenext', '--lib', 'ES2022,DOM', 'stranger.ts', 'process.d.ts');
  run('node', 'stranger.js');
  console.log(`@houseful/client: ${names.length} files, compiled and run from the package`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
