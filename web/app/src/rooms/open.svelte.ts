// The rooms that are open on this page: joined while it lives, whichever of them is looked at.

import type { LogRow, Room } from '@houseful/client';
import type { ChatApp, Message } from '../chat/app.ts';
import { unreadOf } from '../chat/blocks.ts';
import { ChatMemory } from '../chat/chat.svelte.ts';
import { joinRoom } from '../live.svelte.ts';
import { session } from '../session.svelte.ts';
import type { DoorApp } from './app.ts';
import { Doorway } from './doorway.svelte.ts';

export class OpenRoom {
  readonly path: string;
  readonly app: string;
  readonly room: Room<DoorApp>;
  readonly doorway: Doorway;
  readonly memory = new ChatMemory();
  /** What it was called when it was found; the door knows better once it is seen. */
  readonly found: string;

  #tail = $state.raw<readonly LogRow<Message>[]>([]);
  #end: () => void = () => {};

  constructor(path: string, app: string, found: string) {
    this.path = path;
    this.app = app;
    this.found = found;
    this.room = joinRoom<DoorApp>(path);
    this.doorway = new Doorway(this.room);
    if (app === 'chat') this.#end = this.chat.log('messages').subscribe((rows) => (this.#tail = rows));
  }

  /** The same room as a chat. */
  get chat(): Room<ChatApp> {
    return this.room as unknown as Room<ChatApp>;
  }
  get title(): string {
    return this.doorway.door?.title ?? this.found;
  }
  get unread(): number {
    return unreadOf(this.#tail, this.memory.seen, session.account?.id ?? null);
  }

  close(): void {
    this.#end();
    this.memory.close();
    this.doorway.close();
    this.room.leave();
  }
}

class OpenRooms {
  list = $state.raw<readonly OpenRoom[]>([]);

  at(path: string): OpenRoom | undefined {
    return this.list.find((one) => one.path === path);
  }

  open(path: string, app: string, title: string): OpenRoom {
    const known = this.at(path);
    if (known) return known;
    const room = new OpenRoom(path, app, title);
    this.list = [...this.list, room];
    return room;
  }

  leave(path: string): void {
    this.at(path)?.close();
    this.list = this.list.filter((one) => one.path !== path);
  }
}

export const openRooms = new OpenRooms();
