// The applications that every Houseful server runs, for the compiler: `client.join<SeatsApp>('events/1/seats')`. A Rust
// test holds the names of commands against the applications' own tables.

/** Places of areas: the area's index and how many. */
export type AreaCount = [area: number, count: number];
/** The same at a price. */
export type PricedArea = [area: number, count: number, price: number];
export type PricedSeat = [seat: number, price: number];

/** What is `deleted` is gone: whoever is there is told so, and put out. */
export type EventStatus = 'draft' | 'published' | 'cancelled' | 'deleted';
/** Who sees a published event: everyone; whoever has its address; who is invited or has booked; who has booked. */
export type EventVisibility = 'public' | 'unlisted' | 'private' | 'booked';
export type EventCategory =
  'music' | 'theatre' | 'film' | 'sport' | 'talk' | 'workshop' | 'party' | 'food' | 'family' | 'other';
export type TeamRole = 'manager' | 'box_office' | 'check_in' | 'moderator' | 'viewer';

export interface SeatsEvent {
  title: string;
  description: string;
  startsAt: number;
  endsAt?: number;
  timeZone: string;
  place: string;
  /** Where it is on the net is told in `venue`, to those who have booked. */
  isOnline: boolean;
  category: EventCategory;
  currency: string;
  status: EventStatus;
  visibility: EventVisibility;
  picture?: string;
  cancelledReason?: string;
  /** That it was moved after it was published. */
  rescheduled?: { from: number; at: number };
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
  cancelledAt?: number;
}

/** Somebody in the waiting list. */
export interface SeatsWaiting {
  no: number;
  count: number;
  at: number;
  offer?: { count: number; until: number };
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

/** These seats and places, the best, or the first that are left. */
export interface SeatsPurchase extends SeatsWish {
  first?: number;
  payment: 'free' | 'door';
  once?: boolean;
}

type NamedPlaces = Pick<SeatsWish, 'seats' | 'areas'>;
type Editable = 'title' | 'description' | 'startsAt' | 'timeZone' | 'place' | 'category' | 'visibility' | 'prices' | 'limitPerPerson';
type EventEdit = Partial<Pick<SeatsEvent, Editable>> & {
  endsAt?: number | null;
  online?: string | null;
  picture?: string | null;
};

/** Who changed what: facts as they were and as they are. */
export interface EventChange {
  at: number;
  by: number;
  what: string;
  fields?: Record<string, [unknown, unknown]>;
  accounts?: number[];
}

/** A seat sale. */
export interface SeatsApp {
  cells: {
    event: SeatsEvent;
    /** For the team. */
    line: { people: number; places: number; offered: number };
    arrived: { places: number };
  };
  rows: {
    areas: { capacity: number; held: number; booked: number; blocked: number };
    cart: SeatsCart;
    orders: SeatsOrder;
    desk: SeatsDeskRow;
    /** By account; under 0 for the team. */
    venue: { online: string };
    team: { role: TeamRole; at: number };
    invited: { at: number };
    /** By account: how long one has waited, for how many places, and what is kept for one. */
    queue: SeatsWaiting;
    /** By order and place: who came in. */
    arrivals: { at: number; by: number; device?: string; again: number };
  };
  logs: { changes: EventChange };
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
    /** Holds and books at once. */
    buy: {
      body: SeatsPurchase;
      reply: { order: string; code: string; seats: PricedSeat[]; areas: PricedArea[]; total: number };
    };
    cancel: { body: { order: string; seats?: number[] }; reply: { order: string; status: string } };
    block: { body: NamedPlaces; reply: {} };
    unblock: { body: NamedPlaces; reply: {} };
    edit: { body: EventEdit & { from?: EventEdit & { status?: EventStatus } }; reply: {} };
    publish: { body: {}; reply: {} };
    cancel_event: { body: { reason?: string; unbooked?: boolean }; reply: {} };
    /** A draft is given up, for good. */
    delete: { body: {}; reply: {} };
    team: { body: { account: number; role: TeamRole | null }; reply: {} };
    invite: { body: { accounts: number[]; unseen?: boolean }; reply: {} };
    uninvite: { body: { accounts: number[]; unseen?: boolean }; reply: {} };
    capacity: { body: { area: number; capacity: number }; reply: {} };
    queue: { body: { count: number }; reply: SeatsWaiting };
    unqueue: { body: {}; reply: {} };
    check_in: {
      body: { order?: string; code?: string; place?: string; at?: number; device?: string };
      reply: { order: string; code: string; places: { place: string; first: boolean; at: number; device?: string }[] };
    };
  };
}

export interface LobbyEvent {
  title: string;
  startsAt: number;
  endsAt?: number;
  category: EventCategory;
  picture?: string;
  /** Whether only those whom it knows see it. */
  private: boolean;
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
