// Every word of the page in English; the other languages have the same shape.

import { plural, type Forms } from './plural.ts';

const n = (count: number, forms: Forms) => plural('en', count, forms);

export const en = {
  language: 'en',
  nav: {
    events: 'Events', bookings: 'Your bookings', desk: 'Organiser’s desk', signIn: 'Sign in', signOut: 'Sign out',
    account: 'Account', password: 'Change password', theme: 'Light', matinee: 'Matinee (light)', evening: 'Evening (dark)', system: 'As the system',
    language: 'Language', skip: 'To the content', home: 'houseful, to the events',
  },
  common: {
    close: 'Close', cancel: 'Cancel', save: 'Save', retry: 'Try again', back: 'Back', loading: 'Loading', free: 'Free', more: 'Show more', undo: 'Undo',
    seats: (k: number) => n(k, { one: '# seat', other: '# seats' }),
    places: (k: number) => n(k, { one: '# place', other: '# places' }),
    minus: 'One fewer', plus: 'One more',
  },
  live: { reconnecting: 'Reconnecting. What you see may be a moment old.', offline: 'You’re offline. The map shows what we last knew.', back: 'Live again.' },
  lobby: {
    title: 'What’s on', search: 'Search events', next: 'Next up',
    left: (a: string, b: string) => `${a} of ${b} left`, soldOut: 'Sold out',
    here: (k: number) => n(k, { one: '# here now', other: '# here now' }),
    watching: (k: number) => n(k, { one: '# watching', other: '# watching' }),
    from: (price: string) => `from ${price}`,
    none: 'Nothing on the programme yet.', noneHint: 'New events appear here by themselves.',
    noMatch: (q: string) => `Nothing matches “${q}”.`, noMatchHint: 'Try a shorter word, or a place.',
    failed: 'The programme couldn’t be loaded.',
    fill: (percent: number) => `${percent} % taken`,
  },
  event: {
    local: (city: string) => `${city} time`, yours: (time: string) => `${time} where you are`,
    price: 'Price', prices: (a: string, b: string) => `${a} to ${b}`, where: 'Where', when: 'When', by: 'Presented by', limit: 'Per person',
    limitText: (k: number) => n(k, { one: 'one seat', other: 'up to # seats' }),
    choose: 'Choose seats', chooseOther: 'Look at the house', soldOut: 'Sold out',
    soldOutHint: 'Seats come back now and then; this page shows them the moment they do.',
    gone: 'This event isn’t here.', goneHint: 'It may have been taken down, or the link has a mistake.',
    closed: 'The sale has closed.', draft: 'Draft: only you and your team see this.',
    policy: (minutes: number) => `Seats you pick are held for you for ${n(minutes, { one: '# minute', other: '# minutes' })}. You can ask for more time.`,
    toEvents: 'All events',
  },
  map: {
    label: 'Seat map', help: 'Arrow keys move between seats, Enter picks, plus and minus zoom, zero shows the whole house. The list offers the same seats.',
    map: 'Map', list: 'List', view: 'How to choose', zoomIn: 'Zoom in', zoomOut: 'Zoom out', home: 'Whole house', left: 'Pan left', right: 'Pan right', up: 'Pan up', down: 'Pan down',
    stage: 'Stage', minimap: 'Where you are in the house', all: 'All prices', filter: 'Prices', accessible: 'Accessible places', howMany: 'How many?',
    best: 'Best for me', bestHint: (k: number) => `Finds the best ${n(k, { one: 'single seat', other: '# seats together' })}`,
    sectionLeft: (name: string, left: string, price: string) => `${name}, ${left} left, ${price}`,
    legend: 'What the marks mean', loading: 'Drawing the house', failed: 'The seating plan couldn’t be loaded.',
    row: (label: string) => (label.length > 3 ? label : `Row ${label}`), seat: (label: string) => `Seat ${label}`, seatList: (labels: string) => `Seats ${labels}`, seatRun: (first: string, last: string) => `Seats ${first}–${last}`,
    section: 'Section', jump: 'Jump to row', jumpNone: 'Choose a row', inRow: (left: string) => `${left} left`,
    areaLeft: (left: string, capacity: string) => `${left} of ${capacity} places left`,
    standing: 'Unnumbered places', take: 'Take', onlyAccessible: 'No accessible place is left here.',
    tapSection: 'Tap a section to see its seats',
  },
  standing: ['available', 'held by someone', 'booked', 'not for sale', 'yours, held', 'yours, booked', 'one moment'] as string[],
  flags: { accessible: 'wheelchair place', companion: 'companion seat', restricted: 'restricted view' },
  seatName: (section: string, row: string, seat: string, price: string, extras: string[], state: string) =>
    [section, row, seat, price, ...extras, state].filter(Boolean).join(', '),
  tray: {
    title: 'Your seats', total: 'Total', fees: 'all fees included', remove: (name: string) => `Let ${name} go`, removeAll: 'Let all go',
    held: (time: string) => `Held for you · ${time}`, keep: 'Keep my seats', bookFree: 'Book free tickets', bookDoor: (price: string) => `Reserve, pay at the door · ${price}`,
    elsewhere: (k: number) => `${k} held`, booking: 'Booking…', empty: 'Nothing picked yet.', open: 'Show your seats', hide: 'Hide your seats', count: (name: string, k: number) => `${name} × ${k}`,
    fiveMinutes: 'Five minutes left for your seats.', oneMinute: 'One minute left for your seats.',
  },
  keep: {
    title: 'Still choosing?', text: (time: string) => `Your seats go back to the house in ${time}.`, yes: 'Keep my seats', no: 'Let them go',
    limit: 'They can’t be kept any longer. Book now to have them.',
    ran: 'Your time ran out and the seats went back to the house. Pick them again if they’re still free.',
  },
  done: {
    title: 'You’re in.', code: 'Booking code', door: (price: string) => `Pay ${price} at the door and say your code.`, free: 'Say your code at the door.',
    bookings: 'Your bookings', again: 'Back to the map', kept: 'Your booking', doorShort: (price: string) => `${price} at the door`,
  },
  refusal: {
    seats_taken: (seats: string) => `Someone was quicker: ${seats}.`, alternatives: 'Free nearby:', take: (name: string) => `Take ${name}`,
    orphan: (left: string) => `That would leave ${left} alone between taken seats.`, orphanFix: 'These are fine:',
    limit_exceeded: (limit: number, have: number) => `Each person can have ${n(limit, { one: 'one place', other: '# places' })} here, and you have ${have}.`,
    not_enough_together: 'There aren’t that many seats together any more. Try fewer, or another price.',
    not_enough_left: 'There aren’t that many places left here.',
    sale_closed: 'The event has begun; nothing can be held any more.', nothing_held: 'Your seats had already gone back. Pick again.',
    renewed_too_often: 'They can’t be kept any longer. Book now to have them.', payment_not_possible: 'This way of paying isn’t possible here.',
    already_cancelled: 'That was cancelled before.', not_blockable: 'Held or booked seats can’t be blocked. Cancel the booking first.', not_allowed: 'Only the organiser’s team may do that.',
    no_such_order: 'That booking isn’t known here.', past_start: 'The start lies in the past.',
    cooling_down: (s: number) => `Too many holds ran out. You can pick again in ${n(s, { one: '# second', other: '# seconds' })}.`,
    too_many_holds: (m: number) => `You’ve started choosing very often. You can pick again in ${n(m, { one: '# minute', other: '# minutes' })}.`,
    sign_in_required: 'Sign in to go on.', offline: 'No connection just now. Nothing was lost; try again in a moment.',
    busy: 'The house is very full right now. Try again in a moment.', rate_limited: 'That was a lot at once. Wait a moment.',
    other: 'That didn’t work. Nothing was changed; try again.',
  },
  say: {
    taken: (name: string) => `${name} was just taken.`, freed: (name: string) => `${name} is free again.`, held: (name: string, k: number) => `${name} ${k === 1 ? 'is' : 'are'} yours for now.`, released: (name: string) => `${name} released.`,
  },
  auth: {
    title: 'Sign in', hold: 'Sign in to hold your seats', holdCreate: 'Create an account to hold your seats', holdHint: 'You’ll come back exactly here.', have: 'Sign in', create: 'Create account', email: 'E-mail', password: 'Password', name: 'Name',
    passwordHint: 'At least 10 characters; a sentence is best.', go: 'Sign in', goCreate: 'Create account', current: 'Current password', next: 'New password', changed: 'Password changed. Other devices were signed out.',
    setup: 'Open the house', setupHint: 'This is the first account. It may do everything.', setupGo: 'Create the first account',
    errors: {
      last_admin: 'This is the last admin; the house needs one.', no_such_account: 'This account isn’t there any more.', not_allowed: 'That isn’t yours to change.',
      email_taken: 'There’s an account with this e-mail already. Sign in instead.', wrong_credentials: 'E-mail and password don’t match.', password_too_short: 'The password is too short: at least 10 characters.',
      password_common: 'This password is on lists of common ones. Choose another.', setup_token_invalid: 'This link was used already or isn’t valid.', rate_limited: 'Too many tries. Wait a little.',
      busy: 'The server is busy. Try again in a moment.', offline: 'No connection just now. Try again in a moment.', invalid_body: 'Something is missing or wrong below.', other: 'That didn’t work. Try again.',
    } as Record<string, string>,
  },
  bookings: {
    title: 'Your bookings', none: 'No bookings yet.', noneHint: 'When you book, your seats and codes are here.', cancel: 'Cancel booking', cancelled: 'Cancelled', sure: 'Cancel this booking?',
    sureText: (code: string) => `The seats of ${code} go back on sale at once.`, yes: 'Cancel the booking', no: 'Keep it', door: 'to pay at the door', free: 'free', signIn: 'Sign in to see your bookings.', seats: 'Seats', past: 'Past',
  },
  desk: {
    title: 'Your events', create: 'New event', none: 'No events yet.', noneHint: 'Make one: name, time, place, rows of seats.', draft: 'Draft', published: 'On sale', notAllowed: 'This is for organisers.',
    notAllowedHint: 'Ask the person who runs this house to make you one.', event: 'Event', date: 'Date', sold: 'Booked', status: 'Status',
    form: {
      title: 'New event', facts: 'The event', name: 'Title', description: 'Description', date: 'Date', time: 'Time', zone: 'Time zone', place: 'Place', currency: 'Currency', limit: 'Places per person',
      hall: 'The house', rows: 'Rows', perRow: 'Seats per row', labels: 'Row names', letters: 'A, B, C', numbers: '1, 2, 3', numbering: 'Seat 1 is', fromLeft: 'on the left', fromRight: 'on the right', aisles: 'Aisle after seat',
      aislesHint: 'Numbers, separated by commas', accessible: 'Wheelchair places', accessibleHint: 'In the last row, each with a companion seat', zones: 'Prices, front to back', zone_: 'Zone', zoneName: 'Name', zoneRows: 'Rows', zonePrice: 'Price',
      addZone: 'Add a zone', removeZone: (name: string) => `Remove ${name}`, area: 'Standing area', areaName: 'Name', areaCapacity: 'Places', areaPrice: 'Price', addArea: 'Add a standing area', removeArea: 'Remove the area', preview: 'Preview', create: 'Create draft',
      covered: (covered: number, rows: number) => `The zones cover ${covered} of ${rows} rows`, fit: 'Let the last zone fit', previewOld: 'The house as it was: its zones must cover every row.',
      capacity: (k: string) => `${k} places`, checklist: 'Before it can go on sale', todo: { title: 'A title', place: 'A place', start: 'A start in the future', seats: 'A house with seats', rows: 'Zones that cover every row', prices: 'A price for each zone', accessible: 'A wheelchair place (recommended)' },
      done: 'done', open: 'open', failed: 'The plan has a mistake:', ready: 'Ready. You can publish from the next page.', zoneDefault: ['Front', 'Middle', 'Back', 'Balcony', 'Gallery', 'Top'],
    },
    edit: {
      open: 'Edit', title: 'Edit the event', prices: (currency: string) => `Prices (${currency})`, saved: 'The changes are saved.', live: 'Everyone sees the change at once. Places held or booked already keep their price, and nobody gets a message.',
      conflict: 'Someone else changed this event meanwhile. Their changes are in the form now, and yours too: look once more, then save.',
    },
    console: {
      publish: 'Publish', published: 'On sale. Share the link:', copy: 'Copy link', copied: 'Copied', available: 'available', held: 'held', booked: 'booked', blocked: 'blocked', blockedPlaces: 'Places not for sale', blockedMost: (k: string) => `At most ${k}: the others are held or booked.`, revenue: 'booked revenue', here: 'here now',
      block: 'Block', unblock: 'Unblock', cancelSeats: (k: number) => n(k, { one: 'Cancel # booked seat', other: 'Cancel # booked seats' }), clear: 'Clear selection', selected: (k: number) => n(k, { one: '# seat selected', other: '# seats selected' }), hint: 'Click seats, or drag with Shift, to select.', hintTouch: 'Tap seats to select them.',
      bookings: 'Bookings', noBookings: 'No bookings yet. They appear here as they happen.', code: 'Code', who: 'Who', seats: 'Seats', total: 'Total', when: 'When', status: 'Status', heldBy: (name: string) => `Held by ${name}`, bookedBy: (name: string) => `Booked by ${name}`,
      cancelOrder: 'Cancel', cancelSure: (code: string, name: string) => `Cancel ${code} of ${name}?`, cancelText: 'The seats go back on sale at once.', blockedDone: (k: number) => n(k, { one: '# seat blocked.', other: '# seats blocked.' }), unblockedDone: (k: number) => n(k, { one: '# seat back on sale.', other: '# seats back on sale.' }),
      publicPage: 'See as a guest', door: 'at the door', free: 'free', cancelled: 'cancelled', active: 'booked', find: 'Find a booking',
    },
  },
  accounts: {
    title: 'Accounts', hint: 'People make their accounts themselves. Here you say who is an organiser, and who may not sign in.', find: 'Find by name or e-mail', none: 'Nobody matches.', role: 'Role', roles: { attendee: 'Attendee', organiser: 'Organiser', admin: 'Admin' },
    may: { attendee: 'Books seats.', organiser: 'Also makes events and runs them.', admin: 'May do everything, with all events and accounts.' }, disabled: 'may not sign in', disable: 'May not sign in', you: 'you', change: 'Change', changeOf: (name: string) => `Change ${name}`,
    ends: 'This signs the person out everywhere, at once.', saved: (name: string) => `${name}: saved.`, first: (k: number) => `Only the first ${k} are here. Search to find the others.`, notAllowed: 'This is for admins.', notAllowedHint: 'Only they see everyone’s accounts.',
  },
  lost: { title: 'There’s nothing at this address.', hint: 'The programme is at the front.' },
  failed: { title: 'This page couldn’t be loaded.', hint: 'The server may be away for a moment.' },
};

export type Messages = typeof en;
