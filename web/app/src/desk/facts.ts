// The facts of an event that is there, as a form, and what of them was changed. Pure.

import type { EventDetail } from '../api/answers.ts';
import { minorDigits } from '../format/money.ts';
import { instantOf, localOf } from '../format/time.ts';

export interface FactsForm {
  title: string;
  description: string;
  place: string;
  date: string;
  time: string;
  timeZone: string;
  limit: number;
  /** By zone, in whole units as people write them. */
  prices: Record<string, number | null>;
}

export function formOf(event: EventDetail): FactsForm {
  const unit = 10 ** minorDigits(event.currency);
  const prices = Object.entries(event.prices).map(([zone, minor]) => [zone, minor / unit]);
  return {
    title: event.title, description: event.description, place: event.place,
    ...localOf(Date.parse(event.startsAt), event.timeZone), timeZone: event.timeZone,
    limit: event.limitPerPerson, prices: Object.fromEntries(prices),
  };
}

/** What is sent: only what differs, so that nothing is undone that another changed. */
export function changesOf(event: EventDetail, form: FactsForm): Record<string, unknown> {
  const unit = 10 ** minorDigits(event.currency);
  const changes: Record<string, unknown> = {};
  for (const name of ['title', 'description', 'place'] as const) {
    if (form[name].trim() !== event[name]) changes[name] = form[name].trim();
  }
  if (form.timeZone !== event.timeZone) changes['timeZone'] = form.timeZone;
  if (form.limit !== event.limitPerPerson) changes['limitPerPerson'] = form.limit;
  const start = instantOf(`${form.date}T${form.time}:00`, form.timeZone);
  const was = formOf(event);
  const moved = form.date !== was.date || form.time !== was.time || form.timeZone !== was.timeZone;
  if (moved && !Number.isNaN(start)) changes['startsAt'] = new Date(start).toISOString();
  const prices = Object.entries(form.prices).map(([zone, price]) => [zone, Math.round((price ?? 0) * unit)] as const);
  const others = prices.filter(([zone, minor]) => minor !== event.prices[zone]);
  if (others.length) changes['prices'] = Object.fromEntries(others);
  return changes;
}

/** What was typed, over what the event has become meanwhile. */
export function rebased(before: EventDetail, now: EventDetail, form: FactsForm): FactsForm {
  const [was, is] = [formOf(before), formOf(now)];
  const prices = { ...is.prices };
  for (const [zone, price] of Object.entries(form.prices)) if (price !== was.prices[zone]) prices[zone] = price;
  const own = Object.entries(form).filter(([name, value]) => name !== 'prices' && value !== was[name as keyof FactsForm]);
  return { ...is, ...Object.fromEntries(own), prices };
}
