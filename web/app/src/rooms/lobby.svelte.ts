// The lobby as this page sees it: which rooms there are, who is here, and where. It is joined once and kept.

import type { Member, Room } from '@houseful/client';
import { joinRoom } from '../live.svelte.ts';
import type { ListedRoom, LobbyRooms } from './app.ts';
import { awayIn } from './doorway.svelte.ts';
import { Names } from './names.svelte.ts';

class Lobby {
  readonly room: Room<LobbyRooms> = joinRoom<LobbyRooms>('lobby');
  readonly names = new Names(this.room);

  rooms = $state.raw<ReadonlyMap<string, ListedRoom>>(new Map());
  members = $state.raw<ReadonlyMap<string, Member>>(new Map());
  places = $state.raw<ReadonlyMap<string, string[]>>(new Map());
  away = $state.raw<ReadonlySet<number>>(new Set());
  here = $state(0);
  watching = $state(0);
  known = $state(false);

  constructor() {
    const { room } = this;
    room.rows('rooms').subscribe((rooms) => (this.rooms = rooms));
    room.rows('places').subscribe((places) => (this.places = places));
    room.members.subscribe((members) => {
      this.members = members;
      this.names.need([...members.keys()].map(Number));
    });
    room.live('away').subscribe((shown) => (this.away = awayIn([...shown.values()].map(({ account }) => account))));
    room.presence.subscribe(({ here, watching }) => {
      this.here = here;
      this.watching = watching;
    });
    room.status.subscribe((status) => (this.known ||= status === 'live'));
  }
}

let kept: Lobby | null = null;

export const lobby = (): Lobby => (kept ??= new Lobby());
export type { Lobby };
