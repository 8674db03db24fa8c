// What a room refuses, in kind words.

import type { Messages } from '../text/en.ts';

interface RefusalLike {
  code: string;
  retryAfterMs?: number | undefined;
}

export function roomText(reason: unknown, t: Messages): string {
  const { code, retryAfterMs } = isRefusal(reason) ? reason : { code: 'other', retryAfterMs: undefined };
  const waits = t.roomRefusal.waits[code];
  if (waits) return waits(Math.max(1, Math.ceil((retryAfterMs ?? 1000) / 1000)));
  return t.roomRefusal.plain[code] ?? t.roomRefusal.plain['other'] ?? '';
}

const isRefusal = (reason: unknown): reason is RefusalLike =>
  typeof reason === 'object' && reason !== null && typeof (reason as { code?: unknown }).code === 'string';
