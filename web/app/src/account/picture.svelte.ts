// One's own picture where it was changed on this page: rooms tell of it later.

import { onPersonChange } from '../session.svelte.ts';

let changed = $state<string | null>(null);

/** Its name; empty where it was taken away, null where nothing was changed. */
export const ownPicture = (): string | null => changed;

export function pictureIs(id: string): void {
  changed = id;
}

onPersonChange(() => (changed = null));
