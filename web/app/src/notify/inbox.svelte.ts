// One's inbox: how much of it is unseen, what has just come, and its list while somebody looks. The lobby's signal
// keeps it live; after a break in the connection the count is asked for anew, because signals leave nothing behind.

import type { Inbox as InboxPage, Notification } from '../api/answers.ts';
import { live } from '../live.svelte.ts';
import { lobby } from '../rooms/lobby.svelte.ts';
import { call, onPersonChange, session } from '../session.svelte.ts';

const PAGE = 30;

class Inbox {
  unread = $state(0);
  /** What came while this page was open, and has not been put away. */
  fresh = $state.raw<Notification | null>(null);
  items = $state.raw<Notification[] | null>(null);
  next = $state<string | null>(null);
  failed = $state(false);
  #person = 0;
  /** Rises with what the lobby tells: an answer that was asked for before is older than that. */
  #told = 0;

  constructor() {
    const { room } = lobby();
    room.onSignal('notices', ({ unread, notification }) => {
      this.#told++;
      this.unread = unread;
      if (!notification) return void this.#markSeenElsewhere(unread);
      this.fresh = notification;
      if (this.items) this.items = [notification, ...this.items.filter(({ id }) => id !== notification.id)];
    });
    // Signals are for whom the room knows: whatever came before one was known there is asked for.
    room.status.subscribe((status) => {
      if (status === 'live') void this.count();
    });
    onPersonChange(() => this.#forget());
  }

  async count(): Promise<void> {
    if (!session.account || live.state === 'idle') return;
    const [person, told] = [this.#person, this.#told];
    const page = await call<InboxPage>('/me/notifications?limit=1&unread=true').catch(() => null);
    if (page && person === this.#person && told === this.#told) this.unread = page.unread;
  }

  async load(cursor: string | null = null): Promise<void> {
    const [person, told] = [this.#person, this.#told];
    this.failed = false;
    try {
      const page = await call<InboxPage>(`/me/notifications?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      if (person !== this.#person) return;
      if (!cursor && told !== this.#told) return void this.load();
      const before = cursor ? (this.items ?? []) : [];
      this.items = [...before, ...page.items.filter(({ id }) => !before.some((one) => one.id === id))];
      this.next = page.next;
      if (told === this.#told) this.unread = page.unread;
    } catch {
      if (person === this.#person) this.failed = this.items === null;
    }
  }

  /** All that is shown was seen. The list goes on to say what was new, until it is looked at again. */
  async see(): Promise<void> {
    const newest = this.items?.[0];
    if (!newest || this.unread === 0) return;
    const person = this.#person;
    const told = await call<{ unread: number }>('/me/notifications/seen', { method: 'POST', body: { upTo: newest.id } }).catch(() => null);
    if (told && person === this.#person) this.unread = told.unread;
  }

  async seeOne(id: number): Promise<void> {
    if (this.fresh?.id === id) this.fresh = null;
    await call('/me/notifications/seen', { method: 'POST', body: { ids: [id] } }).catch(() => {});
  }

  #markSeenElsewhere(unread: number): void {
    if (unread === 0) this.fresh = null;
  }

  #forget(): void {
    this.#person++;
    this.unread = 0;
    this.fresh = null;
    this.items = null;
    this.next = null;
    this.failed = false;
    void this.count();
  }
}

let kept: Inbox | null = null;

export const inbox = (): Inbox => (kept ??= new Inbox());
