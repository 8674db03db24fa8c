// Which applications this page has a view for. Those beside the chat are fetched only when they are wanted.

import type { Client, Room } from '@houseful/client';
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

/** The page that an application brings with it; its contract is in docs/room-applications.md. */
interface OwnPage {
  attach(div: HTMLElement, room: Room, client: Client): () => void;
}

/** Fetches it; rejects where the application brings none. */
export const pageOf = (app: string): Promise<OwnPage> => import(/* @vite-ignore */ `/apps/${encodeURIComponent(app)}/page.js`);

/** What a new room can be. */
export const APPS: readonly string[] = ['chat', ...(viewOf('board') ? ['board'] : [])];
