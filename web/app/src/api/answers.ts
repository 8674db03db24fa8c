// What the HTTP interface answers, under the page's own names. The shapes are made from the server's description.

import type { Plan } from '../plan/plan.ts';
import type { components } from './schema.gen.ts';

type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type AccountForAdmin = Schemas['AccountForAdmin'];
export type AccountList = Schemas['AccountList'];
export type Admission = Schemas['Admission'];
export type Admissions = Schemas['Admissions'];
export type TicketKey = Schemas['TicketKey'];
export type AnyEvents = Schemas['AnyEvents'];
export type AwakeRooms = Schemas['AwakeRooms'];
export type LimitsInForce = Schemas['LimitsInForce'];
export type MailPage = Schemas['MailPage'];
export type Sample = Schemas['Sample'];
export type Statistics = Schemas['Statistics'];
export type Session = Schemas['Session'];
export type EventSummary = Schemas['EventSummary'];
export type EventDetail = Schemas['EventDetail'];
export type BookingMail = Schemas['BookingMail'];
export type MailPreview = Schemas['Preview'];
export type EventPage = Schemas['EventPage'];
export type FollowingPage = Schemas['FollowingPage'];
export type Inbox = Schemas['Inbox'];
export type Notification = Schemas['Notification'];
export type NoticeKind = Schemas['Kind'];
export type NoticeSettings = Schemas['Settings'];
export type Channels = Schemas['Channels'];
export type OwnBooking = Schemas['OwnBooking'];
export type OrderTickets = Schemas['OrderTickets'];
export type OwnBookings = Schemas['OwnBookings'];
export type EventBooking = Schemas['EventBooking'];
export type EventBookings = Schemas['EventBookings'];
export type Token = Schemas['TokenItem'];
export type TokenList = Schemas['TokenList'];
export type TokenMade = Schemas['TokenMade'];
export type Webhook = Schemas['Webhook'];
export type WebhookList = Schemas['WebhookList'];
export type WebhookSecret = Schemas['WebhookSecret'];
export type Delivery = Schemas['Delivery'];
export type DeliveryPage = Schemas['DeliveryPage'];
export type Affairs = Schemas['Affairs'];
export type EventChanges = Schemas['EventChanges'];
export type Followers = Schemas['Followers'];
export type JournalEntry = Schemas['JournalEntry'];
export type JournalPage = Schemas['JournalPage'];
export type PastState = Schemas['PastState'];
export type People = Schemas['People'];
export type RoomDetail = Schemas['RoomDetail'];
/** The description calls a plan any object; the page knows what is in it. */
export type KeptPlan = Omit<Schemas['Kept'], 'plan'> & { plan: Plan };
/** Of an account or an event. */
export type Id = Account['id'];
