// One room's door as this page sees it, whatever application is behind it. Components read it.

import type { LogRow, Member, Room } from '@houseful/client';
import type { Notice } from '../chat/blocks.ts';
import type { Door, DoorApp, GuestRole } from './app.ts';
import { Names } from './names.svelte.ts';

export class Doorway {
  readonly room: Room<DoorApp>;
  readonly names: Names;

  door = $state.raw<Door | null>(null);
  members = $state.raw<ReadonlyMap<string, Member>>(new Map());
  away = $state.raw<ReadonlySet<number>>(new Set());
  guests = $state.raw<ReadonlyMap<string, { role: GuestRole }>>(new Map());
  links = $state.raw<ReadonlyMap<string, { until: number; uses: number; by: number }>>(new Map());
  line = $state.raw<{ place: number; until?: number } | null>(null);
  notices = $state.raw<readonly LogRow<Notice>[]>([]);
  here = $state(0);
  watching = $state(0);
  status = $state<'joining' | 'live' | 'stale' | 'gone'>('joining');
  role = $state('');
  refusal = $state<string | null>(null);

  #ends: (() => void)[];

  constructor(room: Room<DoorApp>) {
    this.room = room;
    this.names = new Names(room);
    this.#ends = [
      room.cell('door').subscribe((door) => (this.door = door ?? this.door)),
      room.members.subscribe((members) => {
        this.members = members;
        this.names.need([...members.keys()].map(Number));
      }),
      room.live('away').subscribe((shown) => (this.away = awayIn([...shown.values()].map(({ account }) => account)))),
      room.rows('guests').subscribe((guests) => {
        this.guests = guests;
        this.names.need([...guests.keys()].map(Number));
      }),
      room.rows('links').subscribe((links) => (this.links = links)),
      room.rows('line').subscribe((line) => (this.line = [...line.values()][0] ?? null)),
      room.log('notices').subscribe((notices) => {
        this.notices = notices;
        this.names.need(notices.flatMap(([, { account }]) => (account === undefined ? [] : [account])));
      }),
      room.presence.subscribe(({ here, watching }) => {
        this.here = here;
        this.watching = watching;
      }),
      room.status.subscribe((status) => {
        this.status = status;
        this.#look();
      }),
      room.onChange(({ reset }) => reset && this.#look()),
    ];
  }

  get keeps(): boolean {
    return this.role === 'owner' || this.role === 'moderator';
  }
  get missing(): number {
    return Math.max(0, (this.door?.minimum ?? 1) - this.here);
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #look(): void {
    this.role = this.room.role;
    this.refusal = this.room.refusal;
  }
}

/** Who shows themselves away, on any of their pages. */
export const awayIn = (accounts: number[]): ReadonlySet<number> => new Set(accounts);
