// The page's own files, put by for where there is no network: those that tickets and the door need, of one version at a
// time. Only these; what the interface answers is never among them.

import { session } from '../session.svelte.ts';

const KEPT = 'houseful-shell-';

interface Shell {
  version: string;
  /** The script by which the page knows that it is of this version. */
  entry: string;
  files: string[];
}

/** Without a secure address there is no such thing, and pages work as they do without it. */
const isPossible = (): boolean => 'serviceWorker' in navigator && 'caches' in globalThis && import.meta.env.PROD;

let under: Promise<void> | null = null;

/** For pages that are to open without a network: once while the page lives. */
export function keepShell(): Promise<void> {
  under ??= isPossible() ? fill().catch(() => void (under = null)) : Promise.resolve();
  return under;
}

async function fill(): Promise<void> {
  await navigator.serviceWorker.register('/sw.js');
  const shell = (await (await fetch('/offline.json', { cache: 'no-store' })).json()) as Shell;
  const name = KEPT + shell.version;
  const cache = await caches.open(name);
  // The page comes last: where it is, all that it loads is.
  if (!(await cache.match('/'))) {
    const page = await fetch('/', { cache: 'no-store' });
    // In the middle of a deploy one may be older than the other: the next time, then.
    if (!(await page.clone().text()).includes(shell.entry)) throw new Error('the page is of another version');
    await cache.addAll(shell.files);
    await cache.put('/', page);
  }
  await navigator.serviceWorker.ready;
  await drop((other) => other !== name || !session.account);
}

/** What was put by goes; the pages are asked of the server again. */
export async function dropShell(): Promise<void> {
  under = null;
  if ('caches' in globalThis) await drop(() => true);
}

async function drop(which: (name: string) => boolean): Promise<void> {
  const ours = (await caches.keys()).filter((name) => name.startsWith(KEPT) && which(name));
  await Promise.all(ours.map((name) => caches.delete(name)));
}
