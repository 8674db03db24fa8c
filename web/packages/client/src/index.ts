// What the package offers; everything else is its own business.

export { Client, type ClientOptions, type ConnectionState } from './client.ts';
export { Room, type Accepted, type RoomStatus } from './room.ts';
export { newId } from './id.ts';
export { Refusal } from './refusal.ts';
export { type Change } from './shapes.ts';
export { type Readable } from './store.ts';
export type { Account } from './frames.gen.ts';
