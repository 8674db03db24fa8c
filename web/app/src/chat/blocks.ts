// A log of messages as it is read: by day, by person, with a line where the new ones begin. Pure.

import type { LogRow } from '@houseful/client';
import type { Message } from './app.ts';

export interface Notice {
  at: number;
  kind: string;
  account?: number;
}

export type Line = { no: number; message: Message };

export type Block =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'new'; key: string }
  | { kind: 'notice'; key: string; notice: Notice }
  | { kind: 'said'; key: string; by: number; at: number; lines: Line[] };

/** What one person says within this time stands together. */
export const TOGETHER_MS = 5 * 60_000;

export interface Reading {
  /** The last number that was read, or 0 where nothing is known of that. */
  seen: number;
  me: number | null;
  /** A day's name in the reader's zone. */
  dayOf(at: number): string;
  notices?: readonly LogRow<Notice>[];
  /** Whether all of the log is here, and so all of its notices have their place. */
  isWhole: boolean;
}

export function blocksOf(rows: readonly LogRow<Message>[], reading: Reading): Block[] {
  const { seen, me, dayOf } = reading;
  const blocks: Block[] = [];
  const notices = noticesAmong(rows, reading);
  let day = '';
  let isMarked = seen === 0;
  const turnTo = (at: number) => {
    const name = dayOf(at);
    if (name !== day) blocks.push({ kind: 'day', key: `day ${name}`, at });
    day = name;
  };
  const tell = (until: number) => {
    while (notices.length && notices[0]![1].at <= until) {
      const [no, notice] = notices.shift()!;
      turnTo(notice.at);
      blocks.push({ kind: 'notice', key: `notice ${no}`, notice });
    }
  };
  for (const [no, message] of rows) {
    tell(message.at);
    turnTo(message.at);
    if (!isMarked && no > seen && message.by !== me) {
      blocks.push({ kind: 'new', key: 'new' });
      isMarked = true;
    }
    const last = blocks.at(-1);
    const line = { no, message };
    const goesOn = last?.kind === 'said' && last.by === message.by && message.at - last.lines.at(-1)!.message.at < TOGETHER_MS;
    if (goesOn && message.reply === undefined) last.lines.push(line);
    else blocks.push({ kind: 'said', key: `said ${no}`, by: message.by, at: message.at, lines: [line] });
  }
  tell(Infinity);
  return blocks;
}

function noticesAmong(rows: readonly LogRow<Message>[], { notices, isWhole }: Reading): LogRow<Notice>[] {
  const from = isWhole ? 0 : (rows[0]?.[1].at ?? Infinity);
  return (notices ?? []).filter(([, notice]) => notice.at >= from);
}

/** Others' messages after the one that was read last. */
export const unreadOf = (rows: readonly LogRow<Message>[], seen: number, me: number | null): number =>
  rows.filter(([no, message]) => no > seen && message.by !== me && !message.waiting && !message.deleted).length;

/** Everyone of whom these messages speak. */
export function accountsIn(rows: readonly LogRow<Message>[]): Set<number> {
  const all = new Set<number>();
  for (const [, message] of rows) {
    all.add(message.by);
    for (const account of message.mentions ?? []) all.add(account);
    for (const [, accounts] of message.reactions ?? []) for (const account of accounts.slice(0, 10)) all.add(account);
  }
  return all;
}
