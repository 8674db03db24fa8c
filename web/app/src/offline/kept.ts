// What this device keeps of one person for where there is no network: the door's lists and scans, one's own tickets. It
// asks the server nothing, and is emptied when they sign out.

import { keep, stored } from '../preferences.svelte.ts';
import { dropShell } from './shell.ts';

/** Says whose things are kept, so that nobody else has to look. It is no credential. */
export const KEPT = 'houseful.kept';
const NAME = 'houseful';
const VERSION = 1;

export interface Kept {
  account: string;
}
/** Goes when its event is over. */
export interface Passing extends Kept {
  keepUntil: number;
}
type Store = 'packs' | 'scans' | 'tickets';
/** Each with what its things are found by. */
const STORES: [Store, IDBObjectStoreParameters][] = [
  ['packs', { keyPath: 'event' }],
  ['scans', { keyPath: 'no', autoIncrement: true }],
  ['tickets', { keyPath: 'order' }],
];

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => STORES.forEach(([name, how]) => request.result.createObjectStore(name, how));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opened.catch(() => (opened = null));
  return opened;
}

/** Settles when it is on the disk, not before: a scan that was shown as let in outlives the browser. */
async function on<T>(store: Store, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction(store, mode, { durability: 'strict' });
  const request = work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

export const read = <T>(store: Store, key: IDBValidKey): Promise<T | undefined> =>
  on<T | undefined>(store, 'readonly', (all) => all.get(key));
export const readAll = <T>(store: Store): Promise<T[]> => on<T[]>(store, 'readonly', (all) => all.getAll());
export const remove = (store: Store, key: IDBValidKey): Promise<unknown> => on(store, 'readwrite', (all) => all.delete(key));
export async function write<T extends Kept>(store: Store, value: T): Promise<IDBValidKey> {
  keep(KEPT, value.account);
  return on(store, 'readwrite', (all) => all.put(value));
}

/** Whose things are here, if there are any. */
export const keptFor = (): string | null => stored(KEPT);

/** Nothing stays: they signed out. */
export async function forgetAll(): Promise<void> {
  for (const [name] of STORES) await on(name, 'readwrite', (all) => all.clear());
  unmark();
  await dropShell();
}

/** A login that ended by itself takes all with it but the scans that nobody was told yet; they name no one. */
export async function forgetMost(): Promise<void> {
  await on('packs', 'readwrite', (all) => all.clear());
  await on('tickets', 'readwrite', (all) => all.clear());
  for (const scan of await readAll<Kept & { no: number; state: string }>('scans')) {
    if (scan.state !== 'waiting') await remove('scans', scan.no);
    else await on('scans', 'readwrite', (all) => all.put({ ...scan, name: '' }));
  }
  await dropShell();
}

/** What is somebody else's goes, and what is of an event that is over. */
export async function tidy(account: string, now: number): Promise<void> {
  for (const pack of await readAll<Passing & { event: string }>('packs'))
    if (pack.account !== account || pack.keepUntil < now) await remove('packs', pack.event);
  for (const scan of await readAll<Passing & { no: number; state: string }>('scans'))
    if (scan.account !== account || (scan.keepUntil < now && scan.state !== 'waiting')) await remove('scans', scan.no);
  for (const one of await readAll<Kept & { order: string }>('tickets'))
    if (one.account !== account) await remove('tickets', one.order);
}

function unmark(): void {
  try {
    localStorage.removeItem(KEPT);
  } catch {
    // Where nothing can be kept there is nothing to say.
  }
}
