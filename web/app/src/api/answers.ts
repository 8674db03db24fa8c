// What the HTTP interface sends and takes, as far as the page uses it.

export type Id = string | number;
export type Role = 'attendee' | 'organiser' | 'admin';

export interface Account {
  id: Id;
  name: string;
  email: string;
  role: Role;
}

export interface Session {
  account: Account;
  accessToken: string;
  expiresAt: string;
}

export interface EventSummary {
  id: Id;
  title: string;
  startsAt: string;
  timeZone: string;
  place: string;
  currency: string;
  fromPrice: number | null;
  status: 'draft' | 'published';
  capacity: number;
  available: number;
  here: number;
  watching: number;
}

export interface EventDetail extends EventSummary {
  description: string;
  planId: Id;
  room: string;
  prices: Record<string, number>;
  limitPerPerson: number;
  holdMs: number;
  owner: { id: Id; name: string };
  staff: boolean;
  etag: string;
}

export interface Booking {
  order: Id;
  code: string;
  seats: string[];
  areas: { name: string; count: number }[];
  total: number;
  payment: string;
  status: 'booked' | 'cancelled';
  at: string;
}

export interface OwnBooking extends Booking {
  currency: string;
  event: Pick<EventSummary, 'id' | 'title' | 'startsAt' | 'timeZone' | 'place'>;
}

export interface DeskBooking extends Booking {
  account: { id: Id; name: string; email: string };
}

export interface Page<T> {
  items: T[];
  next: string | null;
}
