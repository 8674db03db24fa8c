// Whether the person is at this page: after a while without a sign they are shown as away, in the lobby and in all open rooms.

import { session } from '../session.svelte.ts';
import { lobby } from './lobby.svelte.ts';
import { openRooms } from './open.svelte.ts';

const IDLE_MS = 5 * 60_000;
const LOOK_MS = 15_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** Runs for as long as the page lives. */
export function watchAbsence(): void {
  let lastSign = Date.now();
  let isAway = $state(false);
  // Somebody who reads in another tab is no less here.
  const others = 'BroadcastChannel' in globalThis ? new BroadcastChannel('houseful.signs') : null;
  const heard = () => {
    lastSign = Date.now();
    isAway = false;
  };
  let toldAt = 0;
  const sign = () => {
    heard();
    if (lastSign - toldAt < LOOK_MS) return;
    toldAt = lastSign;
    others?.postMessage('here');
  };
  others?.addEventListener('message', heard);
  for (const name of SIGNS) addEventListener(name, sign, { passive: true });
  document.addEventListener('visibilitychange', () => !document.hidden && sign());
  setInterval(() => (isAway = Date.now() - lastSign > IDLE_MS), LOOK_MS);
  $effect.root(() => {
    $effect(() => {
      if (!session.account) return;
      const value = isAway ? true : null;
      for (const { room } of openRooms.list) room.show('away', value);
      lobby().room.show('away', value);
    });
  });
}
