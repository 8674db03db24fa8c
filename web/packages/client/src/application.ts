// What an application's shapes and commands are, for the compiler alone: a room knows none of it at run time.

/**
 * Names an application's shapes by kind, what its members may show, and its commands as `{ body, reply }`.
 * Kinds that it hasn't may be left out.
 */
export interface AppTypes {
  cells?: object;
  rows?: object;
  /** Names only: `{ seats: true }`. */
  grids?: object;
  logs?: object;
  signals?: object;
  live?: object;
  commands?: object;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Anything = Record<string, any>;

/** The types of a room of which nothing is known. */
export interface Untyped {
  cells: Anything;
  rows: Anything;
  grids: Anything;
  logs: Anything;
  signals: Anything;
  live: Anything;
  commands: Anything;
}

export type Of<App, Kind extends keyof AppTypes> = Kind extends keyof App ? NonNullable<App[Kind]> : {};
export type Names<T> = Extract<keyof T, string>;

type Command<App, N> = N extends keyof Of<App, 'commands'> ? Of<App, 'commands'>[N] : never;
export type BodyOf<App, N> = Command<App, N> extends { body: infer B } ? B : {};
export type ReplyOf<App, N> = Command<App, N> extends { reply: infer R } ? R : unknown;
