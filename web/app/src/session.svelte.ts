// Who is signed in. The access token lives in memory only; the refresh cookie is the server's business.

import { Problem, request, requestFile, type Call } from './api/http.ts';
import type { Account, Session } from './api/answers.ts';

/** Only says that asking for a session is worth a request; it is no credential. */
const HINT = 'houseful.returning';
const EARLY_MS = 45_000;

let token: string | null = null;
let renewAt = 0;
let inFlight: Promise<boolean> | null = null;
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('houseful.session') : null;
const listeners = new Set<() => void>();
const leaving = new Set<() => Promise<void>>();

/** `away`: they were signed in, and the server can't be asked whether they still are. */
export const session = $state<{ account: Account | null; ready: boolean; away: boolean }>({ account: null, ready: false, away: false });

export function onPersonChange(run: () => void): void {
  listeners.add(run);
}

/** Done when somebody has asked to be forgotten, not when a login ends by itself. */
export function onSignOut(run: () => Promise<void>): void {
  leaving.add(run);
}

channel?.addEventListener('message', () => {
  void refresh();
});

export async function start(): Promise<void> {
  if (remembered()) await refresh();
  session.ready = true;
  addEventListener('online', () => session.away && void refresh());
}

/** A token that can be used now, or null for a visitor. */
export async function bearer(renew = false): Promise<string | null> {
  if (!session.account) return null;
  if (renew || Date.now() > renewAt) await refresh();
  return token;
}

export const call = <T>(path: string, options: Call = {}): Promise<T> =>
  signed((token) => request<T>(path, { ...options, token }));

/** A file, by its address: a link could not say who asks. */
export const callFile = (path: string): Promise<Blob> => signed((token) => requestFile(path, { token }));

async function signed<T>(ask: (token: string | null) => Promise<T>): Promise<T> {
  try {
    return await ask(await bearer());
  } catch (problem) {
    const expired = problem instanceof Problem && problem.status === 401 && session.account;
    if (!expired) throw problem;
    return ask(await bearer(true));
  }
}

const post = <T>(path: string, body?: unknown) =>
  request<T>(path, { method: 'POST', body, headers: { 'X-Houseful': '1' } });

export async function signIn(email: string, password: string): Promise<void> {
  adopt(await post<Session>('/auth/sign-in', { email, password }), true);
}

export async function signUp(email: string, name: string, password: string): Promise<void> {
  adopt(await post<Session>('/auth/sign-up', { email, name, password }), true);
}

export async function setUp(setupToken: string, email: string, name: string, password: string) {
  adopt(await post<Session>('/auth/setup', { token: setupToken, email, name, password }), true);
}

export async function changePassword(current: string, next: string): Promise<void> {
  const headers = { 'X-Houseful': '1' };
  const body = { current, new: next };
  adopt(await call<Session>('/auth/password', { method: 'POST', body, headers }), true);
  for (const run of listeners) run();
}

export async function signOut(): Promise<void> {
  await post('/auth/sign-out').catch(() => {});
  adopt(null, true);
  for (const run of leaving) await run().catch(() => {});
}

/** One refresh at a time across tabs: the cookie rotates, and its reuse would end the session. */
export function refresh(): Promise<boolean> {
  inFlight ??= locked(async () => {
    try {
      adopt(await post<Session>('/auth/refresh'), false);
      return true;
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401) adopt(null, false);
      else session.away = session.account === null;
      return false;
    }
  }).finally(() => (inFlight = null));
  return inFlight;
}

async function locked(run: () => Promise<boolean>): Promise<boolean> {
  if (!navigator.locks) return run();
  return await navigator.locks.request('houseful.refresh', run);
}

function adopt(next: Session | null, tellOthers: boolean): void {
  const before = session.account?.id;
  token = next?.accessToken ?? null;
  renewAt = next ? Date.parse(next.expiresAt) - EARLY_MS : 0;
  session.account = next?.account ?? null;
  session.away = false;
  remember(next !== null);
  if (tellOthers) channel?.postMessage('changed');
  if (before !== next?.account.id) for (const run of listeners) run();
}

function remembered(): boolean {
  try {
    return localStorage.getItem(HINT) !== null;
  } catch {
    return true;
  }
}

function remember(yes: boolean): void {
  try {
    if (yes) localStorage.setItem(HINT, '1');
    else localStorage.removeItem(HINT);
  } catch {
    // Without storage every start asks once more; nothing else depends on it.
  }
}
