// One chat as this page sees it: its messages, who writes, and what this person says. Components read it; it sends.

import type { Draft, LogRow, Member, Room } from '@houseful/client';
import { serverNow } from '../live.svelte.ts';
import { Names } from '../rooms/names.svelte.ts';
import type { ChatApp, Message, Saying } from './app.ts';
import { accountsIn } from './blocks.ts';
import { reacted } from './reacted.ts';

/** Who types is shown so long after the last key. */
const TYPING_MS = 4000;

type Drafted = Draft<ChatApp>;

export class ChatRoom {
  readonly room: Room<ChatApp>;
  readonly names: Names;

  rows = $state.raw<readonly LogRow<Message>[]>([]);
  more = $state(false);
  fetching = $state(false);
  slowMs = $state(0);
  mutedUntil = $state(0);
  muted = $state.raw<ReadonlyMap<string, { until: number; by: number }>>(new Map());
  members = $state.raw<ReadonlyMap<string, Member>>(new Map());
  typing = $state.raw<ReadonlySet<number>>(new Set());
  status = $state<'joining' | 'live' | 'stale' | 'gone'>('joining');
  role = $state('');

  #scroll;
  #ends: (() => void)[];
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(room: Room<ChatApp>) {
    this.room = room;
    this.names = new Names(room);
    this.#scroll = room.scroll('messages');
    this.#ends = [
      this.#scroll.rows.subscribe((rows) => this.#read(rows)),
      this.#scroll.more.subscribe((more) => (this.more = more)),
      room.cell('rules').subscribe((rules) => (this.slowMs = rules?.slowMs ?? 0)),
      room.rows('mine').subscribe((mine) => (this.mutedUntil = [...mine.values()][0]?.mutedUntil ?? 0)),
      room.rows('muted').subscribe((muted) => {
        this.muted = muted;
        this.names.need([...muted.keys()].map(Number));
      }),
      room.members.subscribe((members) => {
        this.members = members;
        this.names.need([...members.keys()].map(Number));
      }),
      room.live('typing').subscribe((shown) => (this.typing = new Set([...shown.values()].map(({ account }) => account)))),
      room.status.subscribe((status) => {
        this.status = status;
        this.role = room.role;
      }),
      room.onChange(({ reset }) => {
        if (reset) this.role = room.role;
      }),
    ];
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#scroll.close();
    clearTimeout(this.#typing);
  }

  get last(): number {
    return this.rows.findLast(([, message]) => !message.waiting)?.[0] ?? 0;
  }

  find(no: number): Message | undefined {
    return this.rows.find(([known]) => known === no)?.[1];
  }

  async older(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    // Without a connection it is asked for again with the next scroll.
    await this.#scroll.older().catch(() => {});
    this.fetching = false;
  }

  /** Rejects with the room's refusal; what was shown is taken back by then. */
  async say(saying: Saying, me: number): Promise<void> {
    const at = serverNow();
    this.stopTyping();
    const optimistic = (draft: Drafted) => draft.push('messages', { by: me, at, ...saying, waiting: true });
    await this.room.command('say', saying, { optimistic });
  }

  async edit(no: number, text: string, mentions: number[]): Promise<void> {
    const edited = serverNow();
    await this.room.command('edit', { no, text, mentions }, {
      optimistic: (draft) => this.#amend(draft, no, (message) => ({ ...message, text, mentions, edited, waiting: true })),
    });
  }

  async delete(no: number): Promise<void> {
    await this.room.command('delete', { no });
  }

  async react(no: number, emoji: string, me: number): Promise<void> {
    const on = !this.find(no)?.reactions?.some(([known, accounts]) => known === emoji && accounts.includes(me));
    await this.room.command('react', { no, emoji, on }, {
      optimistic: (draft) => this.#amend(draft, no, (message) => reacted(message, emoji, me, on)),
    });
  }

  async mute(account: number, ms: number): Promise<void> {
    await this.room.command('mute', { account, ms });
  }
  async unmute(account: number): Promise<void> {
    await this.room.command('unmute', { account });
  }
  async slow(ms: number): Promise<void> {
    await this.room.command('slow', { ms });
  }

  type(): void {
    if (this.#typing === undefined) this.room.show('typing', true);
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.stopTyping(), TYPING_MS);
  }
  stopTyping(): void {
    if (this.#typing === undefined) return;
    clearTimeout(this.#typing);
    this.#typing = undefined;
    this.room.show('typing', null);
  }

  #read(rows: readonly LogRow<Message>[]): void {
    this.rows = rows;
    this.names.need(accountsIn(rows));
  }

  #amend(draft: Drafted, no: number, change: (message: Message) => Message): void {
    const message = draft.log('messages').get(no);
    if (message) draft.amend('messages', no, change(message));
  }
}

/** What outlives the view of a chat: drafts, where one was reading, what one has read. */
export class ChatMemory {
  draft = $state('');
  chosen = new Map<string, number>();
  /** The message at the top of what was in sight, and how far it was scrolled; none at the end. */
  anchor: { no: number; top: number } | null = null;
  #seen = $state(0);
  #keep: (no: number) => void;
  #chat: ChatRoom | null = null;

  /** What was read before is given, and whoever keeps it is told. */
  constructor(seen = 0, keep: (no: number) => void = () => {}) {
    this.#seen = seen;
    this.#keep = keep;
  }

  /** The last message that was read. */
  get seen(): number {
    return this.#seen;
  }
  set seen(no: number) {
    this.#seen = no;
    this.#keep(no);
  }

  of(room: Room<ChatApp>): ChatRoom {
    if (this.#chat?.room !== room) {
      this.#chat?.close();
      this.#chat = new ChatRoom(room);
    }
    return this.#chat;
  }

  close(): void {
    this.#chat?.close();
    this.#chat = null;
  }
}
