// A message as one's own reaction leaves it. Pure.

import type { Message } from './app.ts';

export function reacted(message: Message, emoji: string, me: number, on: boolean): Message {
  const known = message.reactions ?? [];
  const others = (accounts: number[]) => accounts.filter((account) => account !== me);
  const is = known.some(([one]) => one === emoji);
  const changed = known.map(([one, accounts]): [string, number[]] =>
    one === emoji ? [one, on ? [...others(accounts), me] : others(accounts)] : [one, accounts],
  );
  if (on && !is) changed.push([emoji, [me]]);
  return { ...message, reactions: changed.filter(([, accounts]) => accounts.length > 0) };
}
