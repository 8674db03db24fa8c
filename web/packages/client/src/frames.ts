// The frames of protocol version 1, as PROTOCOL.md lists them; nothing but types, so that generated ones can take their place.

export type Key = string | number;
export type Json = unknown;

export type Shape =
  | { cell: Json }
  | { rows: [Key, Json][] }
  | { grid: { bits: number; length: number; data: string } };

export interface Part {
  aud: string;
  shapes: Record<string, Shape>;
}

export type Op =
  | ['cell', string, Json]
  | ['put', string, Key, Json]
  | ['del', string, Key]
  | ['set', string, number, number]
  | ['signal', string, Json];

export interface Fragment {
  aud: string;
  prev: number;
  seq: number;
  ops: Op[];
}

export interface Have {
  epoch: string | number;
  seq: number;
}

export interface Account {
  id: string | number;
  name: string;
  role: string;
}

export type ClientFrame =
  | { t: 'hello'; ref: number; token?: string; client?: string }
  | { t: 'auth'; ref: number; token: string }
  | { t: 'join'; ref: number; room: string; have?: Have }
  | { t: 'leave'; ref: number; room: string }
  | { t: 'command'; ref: number; room: string; term: number; id: string; name: string; body: Json }
  | { t: 'pong' };

export interface Welcome {
  t: 'welcome';
  ref: number;
  session: string | number;
  now: number;
  heartbeatMs: number;
  account?: Account;
  expiresAt?: number;
}

export interface Joined {
  t: 'joined';
  ref: number;
  room: string;
  app: string;
  version: number;
  epoch: string | number;
  term: number;
  seq: number;
  role: string;
  parts?: Part[];
  fragments?: Fragment[];
}

export interface Refused {
  t: 'refused';
  ref: number | null;
  code: string;
  message: string;
  retryAfterMs?: number;
  fields?: Record<string, string>;
  details?: Record<string, unknown>;
}

export interface Ok {
  t: 'ok';
  ref: number;
  seq?: number;
  body?: Json;
}

export type ServerFrame =
  | Welcome
  | Ok
  | Refused
  | Joined
  | { t: 'ops'; room: string; fragments: Fragment[] }
  | { t: 'presence'; room: string; here: number; watching: number }
  | { t: 'position'; room: string; seq: number }
  | { t: 'resync'; room: string; code: string }
  | { t: 'gone'; room: string; code: string }
  | { t: 'expiring'; at: number }
  | { t: 'goaway'; afterMs: number }
  | { t: 'ping'; now: number };

/** Without `ref`, which the connection adds. */
export type Request =
  | { t: 'hello'; token?: string; client?: string }
  | { t: 'auth'; token: string }
  | { t: 'join'; room: string; have?: Have }
  | { t: 'leave'; room: string }
  | { t: 'command'; room: string; term: number; id: string; name: string; body: Json };
