// The build: static files with immutable names, nothing inline, so that a strict CSP holds.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defaultClientConditions, defineConfig } from 'vite';
import { offlineList } from './offline.ts';

const server = 'http://127.0.0.1:8787';

export default defineConfig({
  plugins: [tailwindcss(), svelte(), offlineList()],
  // The client's sources, not what it ships.
  resolve: { conditions: ['houseful-source', ...defaultClientConditions] },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: {
    proxy: { '/api': server, '/live': { target: server, ws: true }, '/health': server },
  },
});
