// What the package offers; everything else is its own business.

export { Client, type ClientOptions, type ConnectionState } from './client.ts';
export { Room, type Accepted, type CommandOptions, type Member, type RoomStatus } from './room.ts';
export { type Draft } from './draft.ts';
export { newId } from './id.ts';
export { type SocketLike } from './link.ts';
export { type Person } from './people.ts';
export { Refusal } from './refusal.ts';
export { Scroll, type HistoryPage, type LogRow } from './scroll.ts';
export { type Change } from './shapes.ts';
export { type ShownValue } from './shown.ts';
export { type Readable } from './store.ts';
export { type Timers } from './timing.ts';
export { type AppTypes, type Untyped } from './application.ts';
export { type GridView } from './views.ts';
export type { Account } from './frames.gen.ts';
export type * from './apps.ts';
