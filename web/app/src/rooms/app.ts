// What every room with a door says and can be asked, and the lobby's list of them: PROTOCOL.md, "The door", "The lobby".

import type { LobbyEvent } from '@houseful/client';
import type { Notification } from '../api/answers.ts';
import type { Notice } from '../chat/blocks.ts';

export type Visibility = 'public' | 'unlisted' | 'private';
export type Phase = 'waiting' | 'open' | 'closing' | 'closed';

export interface Door {
  title: string;
  visibility: Visibility;
  minimum: number;
  maximum: number | null;
  locked: boolean;
  keepsComings: boolean;
  phase: Phase;
  closesAt?: number;
  owner: number;
}

export type GuestRole = 'moderator' | 'member' | 'banned';

export interface Settings {
  visibility?: Visibility;
  minimum?: number;
  maximum?: number | null;
  locked?: boolean;
  keepsComings?: boolean;
}

/** Any room with a door. */
export interface DoorApp {
  cells: { door: Door };
  rows: {
    guests: { role: GuestRole };
    links: { until: number; uses: number; by: number };
    line: { place: number; until?: number };
  };
  logs: { notices: Notice };
  commands: {
    'room.rename': { body: { title: string }; reply: {} };
    'room.settings': { body: Settings; reply: {} };
    'room.close': { body: { inMs?: number }; reply: {} };
    'room.invite': { body: { account: number; role?: 'member' | 'moderator' }; reply: {} };
    'room.uninvite': { body: { account: number }; reply: {} };
    'room.link': { body: { hash: string; until?: number; uses?: number }; reply: {} };
    'room.unlink': { body: { hash: string }; reply: {} };
    'room.kick': { body: { account: number }; reply: {} };
    'room.ban': { body: { account: number }; reply: {} };
    'room.unban': { body: { account: number }; reply: {} };
  };
}

/** A room as the lobby shows it. */
export interface ListedRoom {
  app: string;
  title: string;
  phase: Phase;
  minimum: number;
  maximum: number | null;
  locked: boolean;
  event?: number | null;
  private?: boolean;
  here: number;
  watching: number;
}

export interface LobbyRooms {
  rows: { events: LobbyEvent; rooms: ListedRoom; places: string[] };
  /** For one person: what is new, and how much they have not seen. */
  signals: { notices: { unread: number; notification?: Notification } };
}
