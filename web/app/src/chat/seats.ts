// What a chat needs to know of the event's seats, where it stands beside their map.

export interface SpokenSeats {
  event: number;
  /** A seat by the name that people use for it. */
  find(name: string): number | null;
  /** Names that begin so. */
  like(query: string): string[];
  nameOf(indices: number[]): string;
  show(indices: number[]): void;
}
