// Unit tests only; the browser suite in e2e/ has node's own runner. Svelte's compiler is for files with runes.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte({ configFile: 'app/svelte.config.js' })],
  resolve: { conditions: ['houseful-source', 'browser'] },
  // Tests run in Node: the client's sources there too, built or not. `edge-light` is what a browser's code is without a
  // document: what reads Markdown asks for one otherwise.
  ssr: { resolve: { conditions: ['houseful-source', 'edge-light', 'browser'] } },
  test: { include: ['packages/*/test/**/*.test.ts', 'app/test/**/*.test.ts'] },
});
