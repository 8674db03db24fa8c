// Sees to it that what this device keeps is the signed-in person's alone. Who keeps nothing loads nothing of it.

import { stored } from '../preferences.svelte.ts';
import { onPersonChange, onSignOut, session } from '../session.svelte.ts';

const load = () => import('./kept.ts');
/** As `kept.ts` has it. */
const isKept = (): boolean => stored('houseful.kept') !== null;

/** Once it is known who is signed in. */
export function watchKept(): void {
  const look = () => void (isKept() && settle().catch(() => {}));
  look();
  onPersonChange(look);
  onSignOut(async () => {
    if (isKept()) await (await load()).forgetAll();
  });
}

/** Scans that are on this device alone. */
export async function unsentScans(): Promise<number> {
  if (!isKept()) return 0;
  const scans = await (await load()).readAll<{ state: string }>('scans').catch(() => []);
  return scans.filter(({ state }) => state === 'waiting').length;
}

async function settle(): Promise<void> {
  const kept = await load();
  if (session.account) await kept.tidy(String(session.account.id), Date.now());
  else if (!session.away) await kept.forgetMost();
}
