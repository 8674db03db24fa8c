// The applications that every Houseful server runs, for the compiler: `client.join<SeatsApp>('events/1/seats')`. A Rust
// test holds the names of commands against the applications' own tables.

/** Places of areas: the area's index and how many. */
export type AreaCount = [area: number, count: number];
/** The same at a price. */
export type PricedArea = [area: number, count: number, price: number];
export type PricedSeat = [seat: number, price: number];

export type EventStatus = 'draft' | 'published';

export interface SeatsEvent {
  title: string;
  description: string;
  startsAt: number;
  timeZone: string;
  place: string;
  currency: string;
  status: EventStatus;
  planId: number;
  /** In minor units, by zone. */
  prices: Record<string, number>;
  limitPerPerson: number;
  holdMs: number;
}

export interface SeatsCart {
  seats: PricedSeat[];
  areas: PricedArea[];
  total: number;
  until: number;
  renewals: number;
}

export interface SeatsOrder {
  code: string;
  seats: PricedSeat[];
  areas: PricedArea[];
  total: number;
  payment: string;
  status: string;
  at: number;
}

/** Who has what, for staff. */
export interface SeatsDeskRow {
  account: number;
  seats: number[];
  areas: AreaCount[];
  total: number;
  until?: number;
  code?: string;
  status?: string;
}

export interface SeatsWish {
  seats?: number[];
  areas?: AreaCount[];
  best?: { count: number; zone?: string; accessible?: boolean };
}

type NamedPlaces = Pick<SeatsWish, 'seats' | 'areas'>;
type EventEdit = Partial<Omit<SeatsEvent, 'currency' | 'status' | 'planId' | 'holdMs'>>;

/** A seat sale. */
export interface SeatsApp {
  cells: { event: SeatsEvent };
  rows: {
    areas: { capacity: number; held: number; booked: number; blocked: number };
    cart: SeatsCart;
    orders: SeatsOrder;
    desk: SeatsDeskRow;
  };
  /** 0 available, 1 held, 2 booked, 3 blocked. */
  grids: { seats: true };
  /** A cart has run out, and this was in it. */
  signals: { expired: { seats: number[]; areas: AreaCount[] } };
  commands: {
    hold: { body: SeatsWish; reply: SeatsCart };
    release: { body: NamedPlaces; reply: SeatsCart | null };
    renew: { body: {}; reply: SeatsCart };
    book: {
      body: { payment: 'free' | 'door' };
      reply: { order: string; code: string; seats: PricedSeat[]; areas: PricedArea[]; total: number };
    };
    cancel: { body: { order: string; seats?: number[] }; reply: { order: string; status: string } };
    block: { body: NamedPlaces; reply: {} };
    unblock: { body: NamedPlaces; reply: {} };
    edit: { body: EventEdit & { from?: EventEdit }; reply: {} };
    publish: { body: {}; reply: {} };
  };
}

export interface LobbyEvent {
  title: string;
  startsAt: number;
  timeZone: string;
  place: string;
  status: EventStatus;
  currency: string;
  fromPrice: number;
  capacity: number;
  available: number;
  here: number;
  watching: number;
}

/** What is on, live. */
export interface LobbyApp {
  rows: { events: LobbyEvent };
}
