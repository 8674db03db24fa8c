// The page's one connection: rooms are joined here, and components only read what it tells.

import { Client, type Change, type ConnectionState, type Room, type Untyped } from '@houseful/client';
import { bearer, onPersonChange, refresh, session } from './session.svelte.ts';

const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';

export const client = new Client({
  url: `${scheme}//${location.host}/live`,
  token: bearer,
  name: 'houseful-web',
});

export const live = $state<{ state: ConnectionState; troubled: boolean; person: string | null }>({
  state: 'idle', troubled: false, person: null,
});

/** Short blips aren't worth a word. */
const TROUBLE_AFTER_MS = 1200;
let trouble: ReturnType<typeof setTimeout> | undefined;

client.state.subscribe((state) => {
  live.state = state;
  clearTimeout(trouble);
  if (state === 'open' || state === 'idle') live.troubled = false;
  else trouble = setTimeout(() => (live.troubled = true), TROUBLE_AFTER_MS);
  if (state === 'stopped') void comeBack();
});

client.account.subscribe((account) => (live.person = account ? String(account.id) : null));

export function goLive(): void {
  client.connect();
  onPersonChange(() => client.reconnect());
  addEventListener('online', () => client.state.get() === 'waiting' && client.connect());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && client.state.get() === 'waiting') client.connect();
  });
}

/** A revoked session goes on as a visitor, or as whoever the cookie still proves. */
async function comeBack(): Promise<void> {
  if (client.stoppedBy !== 4500) return;
  if (session.account) await refresh();
  client.connect();
}

/** After signing in, commands wait until the connection is that person's too. */
export async function connectedAsPerson(): Promise<void> {
  const wanted = String(session.account?.id);
  const patience = new Promise<void>((resolve) => setTimeout(resolve, 6000));
  const arrived = new Promise<void>((resolve) => {
    const stop = client.account.subscribe((account) => {
      if (String(account?.id) === wanted) {
        resolve();
        queueMicrotask(() => stop());
      }
    });
  });
  await Promise.race([arrived, patience]);
}

/** This connection's session: one's own among volatile values. */
export const ownSession = (): number | null => client.session;

export const serverNow = (): number => client.now();

export const joinRoom = <App = Untyped>(path: string): Room<App> => client.join<App>(path);

export type { Change, Room };
