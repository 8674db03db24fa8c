// Builds what the package ships: one small module and its declarations. It says no when that is not small.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** What a page pays for the client at most, as it travels. */
const GZIP_BYTES_MAX = 12_000;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

rmSync(here('dist'), { recursive: true, force: true });
await build({
  configFile: false,
  root: here('.'),
  logLevel: 'warn',
  build: {
    target: 'es2022',
    sourcemap: true,
    lib: { entry: here('src/index.ts'), formats: ['es'], fileName: () => 'index.js' },
    // Vite leaves the white space of a library alone.
    rolldownOptions: { output: { minify: true } },
  },
});
execFileSync('npx', ['--no-install', 'tsc', '-p', here('tsconfig.build.json')], { stdio: 'inherit' });
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) copyFileSync(here(`../../../${name}`), here(name));

const bytes = gzipSync(readFileSync(here('dist/index.js')), { level: 9 }).length;
console.log(`@houseful/client: ${bytes} bytes gzipped, at most ${GZIP_BYTES_MAX}`);
if (bytes >= GZIP_BYTES_MAX) process.exit(1);
