// What is asked of rooms over HTTP: to find one, to make one, and what those ask who are not inside.

import { newId } from '@houseful/client';
import type { RoomDetail } from '../api/answers.ts';
import { call } from '../session.svelte.ts';
import type { Visibility } from './app.ts';

export interface NewRoom {
  app: string;
  title: string;
  visibility: Visibility;
  minimum?: number;
  maximum?: number;
}

const at = (path: string): string => `/rooms/${encodeURIComponent(path)}`;

export const findRoom = (path: string): Promise<RoomDetail> => call<RoomDetail>(at(path));

export const makeRoom = (room: NewRoom): Promise<RoomDetail> => call<RoomDetail>('/rooms', { method: 'POST', body: room });

export const ask = (path: string, name: 'room.redeem' | 'room.wait', body: object): Promise<unknown> =>
  call(`${at(path)}/commands/${name}`, { method: 'POST', body: { id: newId(), body } });
