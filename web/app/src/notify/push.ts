// Web Push in this browser: whether it can, whether it does, and the switch. Nobody is asked for permission but on a click.

import { request } from '../api/http.ts';
import { call } from '../session.svelte.ts';

/** `denied` is what the person said to the browser: no page can undo it. */
export type PushState = 'impossible' | 'denied' | 'off' | 'on';

const PATH = '/me/push-subscriptions';

const registered = () => navigator.serviceWorker.getRegistration('/');

async function subscription(): Promise<PushSubscription | null> {
  return (await (await registered())?.pushManager.getSubscription()) ?? null;
}

export async function pushState(): Promise<PushState> {
  if (!('serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis)) return 'impossible';
  if (Notification.permission === 'denied') return 'denied';
  const known = await subscription().catch(() => null);
  if (!known || Notification.permission !== 'granted') return 'off';
  // Whoever is signed in now is told here now: the server knows a browser by its login.
  await tell(known);
  return 'on';
}

export async function switchOn(): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted') return pushState();
  await navigator.serviceWorker.register('/sw.js', { scope: '/' });
  const worker = await navigator.serviceWorker.ready;
  const { key } = await request<{ key: string }>('/push-key');
  const known = await worker.pushManager.getSubscription();
  await tell(known ?? (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })));
  return 'on';
}

export async function switchOff(): Promise<PushState> {
  const known = await subscription();
  if (known) {
    await call(PATH, { method: 'DELETE', body: { endpoint: known.endpoint } });
    await known.unsubscribe();
  }
  return 'off';
}

const tell = (one: PushSubscription) => call(PATH, { method: 'POST', body: one.toJSON() });
