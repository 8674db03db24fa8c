// What a chat's room says and can be asked, for the compiler: PROTOCOL.md, "The chat application".

export interface Message {
  by: number;
  at: number;
  text?: string;
  mentions?: number[];
  seats?: { event: number; indices: number[] };
  reply?: number;
  edited?: number;
  deleted?: 'author' | 'moderator';
  reactions?: [emoji: string, accounts: number[]][];
  /** Only of one's own guess: the room has not taken it yet. */
  waiting?: true;
}

export interface Saying {
  text: string;
  mentions?: number[];
  seats?: { event: number; indices: number[] };
  reply?: number;
}

/** A chat. */
export interface ChatApp {
  cells: { rules: { slowMs: number } };
  rows: {
    muted: { until: number; by: number };
    mine: { mutedUntil: number };
  };
  logs: { messages: Message };
  live: { typing: true };
  commands: {
    say: { body: Saying; reply: { no: number } };
    edit: { body: { no: number; text: string; mentions?: number[] }; reply: {} };
    delete: { body: { no: number }; reply: {} };
    react: { body: { no: number; emoji: string; on: boolean }; reply: {} };
    mute: { body: { account: number; ms: number }; reply: { until: number } };
    unmute: { body: { account: number }; reply: {} };
    slow: { body: { ms: number }; reply: {} };
  };
}

export const TEXT_MAX = 2000;
export const MENTIONS_MAX = 20;
export const SEATS_MAX = 20;
/** What it says when a row of the roster keeps order. */
export const isKeeper = (role: string): boolean => role === 'owner' || role === 'moderator';
