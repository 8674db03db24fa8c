// Which applications this page has a view for. Those beside the chat are fetched only when they are wanted.

import type { Room } from '@houseful/client';
import type { Component } from 'svelte';

export interface ViewProps {
  room: Room;
  me: number | null;
  canModerate: boolean;
}

type Fetched = { default: Component<ViewProps> };

/** By the application's name: `src/board/Board.svelte` shows rooms of `board`. */
const files = import.meta.glob<Fetched>('../board/Board.svelte');

export const viewOf = (app: string): (() => Promise<Fetched>) | undefined => files[`../${app}/${app.charAt(0).toUpperCase()}${app.slice(1)}.svelte`];

/** What a new room can be. */
export const APPS: readonly string[] = ['chat', ...(viewOf('board') ? ['board'] : [])];
