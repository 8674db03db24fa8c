// The rooms that are open on this page: joined while it lives, whichever of them is looked at.

import type { LogRow, Room } from '@houseful/client';
import type { ChatApp, Message } from '../chat/app.ts';
import { unreadOf } from '../chat/blocks.ts';
import { ChatMemory } from '../chat/chat.svelte.ts';
import { joinRoom } from '../live.svelte.ts';
import { session } from '../session.svelte.ts';
import type { DoorApp } from './app.ts';
import { Doorway } from './doorway.svelte.ts';
import { keepOpen, keepRead, openBy, readUpTo } from './marks.ts';

/** A chat's memory, with what the person who is signed in has read of it on this device. */
export function memoryOf(path: string): ChatMemory {
  const account = session.account?.id;
  const keep = (no: number) => void (session.account && keepRead(session.account.id, path, no));
  return new ChatMemory(account === undefined ? 0 : readUpTo(account, path), keep);
}

export class OpenRoom {
  readonly path: string;
  readonly app: string;
  readonly room: Room<DoorApp>;
  readonly doorway: Doorway;
  readonly memory: ChatMemory;
  /** What it was called when it was found; the door knows better once it is seen. */
  readonly found: string;

  #tail = $state.raw<readonly LogRow<Message>[]>([]);
  #end: () => void = () => {};

  constructor(path: string, app: string, found: string) {
    this.path = path;
    this.app = app;
    this.found = found;
    this.memory = memoryOf(path);
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
  #whose: number | null = null;

  /** A person's rooms are open again where they come back, and no longer where they have gone. */
  belongTo(account: number | null): void {
    if (account === this.#whose) return;
    if (this.#whose !== null) {
      for (const room of this.list) room.close();
      this.list = [];
    }
    this.#whose = account;
    if (account === null) return;
    for (const mark of openBy(account)) this.open(...mark);
    this.#keep();
  }

  at(path: string): OpenRoom | undefined {
    return this.list.find((one) => one.path === path);
  }

  open(path: string, app: string, title: string): OpenRoom {
    const known = this.at(path);
    if (known) return known;
    const room = new OpenRoom(path, app, title);
    this.list = [...this.list, room];
    this.#keep();
    return room;
  }

  leave(path: string): void {
    this.at(path)?.close();
    this.list = this.list.filter((one) => one.path !== path);
    this.#keep();
  }

  #keep(): void {
    const open = this.list.filter(({ doorway }) => doorway.status !== 'gone');
    if (this.#whose !== null) keepOpen(this.#whose, open.map(({ path, app, title }) => [path, app, title]));
  }
}

export const openRooms = new OpenRooms();
