// Writes `offline.json`: the files without which the pages of tickets and of the door don't open, and a name for them
// together. The page puts them by (`src/offline/shell.ts`); this only lists them.

import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/** What is loaded only when it is needed, and needed where there is no network. */
const PAGES = [/\/src\/pages\/Tickets\.svelte$/, /\/src\/door\/DoorPage\.svelte$/, /\/src\/text\/de\.ts$/, /\/src\/offline\/kept\.ts$/];
/** What those pages load on their own. */
const PARTS = [/\/node_modules\/(qr|@noble\/ed25519)\//];

interface Chunk {
  type: 'chunk';
  isEntry: boolean;
  facadeModuleId: string | null;
  imports: string[];
  viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> };
}

export function offlineList(): Plugin {
  return {
    name: 'houseful-offline-list',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const chunks = bundle as unknown as Record<string, Chunk | { type: 'asset' }>;
        const files = new Set<string>();
        const add = (name: string): void => {
          const chunk = chunks[name];
          if (chunk?.type !== 'chunk' || files.has(name)) return;
          files.add(name);
          for (const file of chunk.viteMetadata?.importedCss ?? []) files.add(file);
          for (const file of chunk.viteMetadata?.importedAssets ?? []) files.add(file);
          chunk.imports.forEach(add);
        };
        let entry = '';
        for (const [name, chunk] of Object.entries(chunks)) {
          if (chunk.type !== 'chunk') continue;
          if (chunk.isEntry) entry = `/${name}`;
          const from = chunk.facadeModuleId ?? '';
          if (chunk.isEntry || [...PAGES, ...PARTS].some((page) => page.test(from))) add(name);
        }
        const all = ['/icon.svg', '/manifest.webmanifest', ...[...files].sort().map((name) => `/${name}`)];
        const version = createHash('sha256').update(all.join('\n')).digest('hex').slice(0, 16);
        this.emitFile({ type: 'asset', fileName: 'offline.json', source: JSON.stringify({ version, entry, files: all }) });
      },
    },
  };
}
