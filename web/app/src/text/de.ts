// Every word of the page in German.

import type { Messages } from './en.ts';
import { plural, type Forms } from './plural.ts';

const n = (count: number, forms: Forms) => plural('de', count, forms);

export const de: Messages = {
  language: 'de',
  nav: {
    events: 'Programm', bookings: 'Deine Buchungen', desk: 'Veranstalterpult', signIn: 'Anmelden', signOut: 'Abmelden',
    account: 'Konto', password: 'Passwort ändern', theme: 'Licht', matinee: 'Matinee (hell)', evening: 'Abend (dunkel)', system: 'Wie das System',
    language: 'Sprache', skip: 'Zum Inhalt', home: 'houseful, zum Programm',
  },
  common: {
    close: 'Schließen', cancel: 'Abbrechen', save: 'Speichern', retry: 'Noch einmal', back: 'Zurück', loading: 'Lädt', free: 'Frei', more: 'Mehr zeigen', undo: 'Rückgängig',
    seats: (k) => n(k, { one: '# Platz', other: '# Plätze' }),
    places: (k) => n(k, { one: '# Platz', other: '# Plätze' }),
    minus: 'Einer weniger', plus: 'Einer mehr',
  },
  live: { reconnecting: 'Verbinde neu. Was du siehst, kann einen Moment alt sein.', offline: 'Du bist offline. Der Plan zeigt den letzten Stand.', back: 'Wieder live.' },
  lobby: {
    title: 'Programm', search: 'Veranstaltungen suchen', next: 'Als Nächstes',
    left: (a, b) => `noch ${a} von ${b}`, soldOut: 'Ausverkauft',
    here: (k) => n(k, { one: '# gerade hier', other: '# gerade hier' }),
    watching: (k) => n(k, { one: '# schaut zu', other: '# schauen zu' }),
    from: (price) => `ab ${price}`,
    none: 'Noch nichts im Programm.', noneHint: 'Neues erscheint hier von selbst.',
    noMatch: (q) => `Nichts passt zu „${q}“.`, noMatchHint: 'Versuch ein kürzeres Wort oder einen Ort.',
    failed: 'Das Programm konnte nicht geladen werden.',
    fill: (percent) => `${percent} % vergeben`,
  },
  event: {
    local: (city) => `Ortszeit ${city}`, yours: (time) => `${time} bei dir`,
    price: 'Preis', prices: (a, b) => `${a} bis ${b}`, where: 'Wo', when: 'Wann', by: 'Veranstaltet von', limit: 'Pro Person',
    limitText: (k) => n(k, { one: 'ein Platz', other: 'bis zu # Plätze' }),
    choose: 'Plätze wählen', chooseOther: 'Den Saal ansehen', soldOut: 'Ausverkauft',
    soldOutHint: 'Ab und zu kommen Plätze zurück; diese Seite zeigt sie sofort.',
    gone: 'Diese Veranstaltung gibt es hier nicht.', goneHint: 'Sie wurde vielleicht entfernt, oder im Link ist ein Fehler.',
    closed: 'Der Verkauf ist beendet.', draft: 'Entwurf: nur du und dein Team sehen das.',
    policy: (minutes) => `Gewählte Plätze halten wir ${n(minutes, { one: '# Minute', other: '# Minuten' })} für dich. Du kannst um mehr Zeit bitten.`,
    toEvents: 'Alle Veranstaltungen',
  },
  map: {
    label: 'Saalplan', help: 'Pfeiltasten wechseln den Platz, Eingabe wählt, Plus und Minus zoomen, Null zeigt den ganzen Saal. Die Liste bietet dieselben Plätze.',
    map: 'Plan', list: 'Liste', view: 'Wie du wählst', zoomIn: 'Näher', zoomOut: 'Weiter weg', home: 'Ganzer Saal', left: 'Nach links', right: 'Nach rechts', up: 'Nach oben', down: 'Nach unten',
    stage: 'Bühne', minimap: 'Wo du im Saal bist', all: 'Alle Preise', filter: 'Preise', accessible: 'Barrierefreie Plätze', howMany: 'Wie viele?',
    best: 'Das Beste für mich', bestHint: (k) => `Findet ${n(k, { one: 'den besten Platz', other: 'die besten # Plätze nebeneinander' })}`,
    sectionLeft: (name, left, price) => `${name}, noch ${left}, ${price}`,
    legend: 'Was die Zeichen heißen', loading: 'Zeichne den Saal', failed: 'Der Saalplan konnte nicht geladen werden.',
    row: (label) => (label.length > 3 ? label : `Reihe ${label}`), seat: (label) => `Platz ${label}`, seatList: (labels) => `Plätze ${labels}`, seatRun: (first, last) => `Plätze ${first}–${last}`,
    section: 'Bereich', jump: 'Zur Reihe', jumpNone: 'Reihe wählen', inRow: (left) => `noch ${left}`,
    areaLeft: (left, capacity) => `noch ${left} von ${capacity} Plätzen`,
    standing: 'Ohne Nummer', take: 'Nehmen', onlyAccessible: 'Hier ist kein barrierefreier Platz mehr frei.',
    tapSection: 'Tipp auf einen Bereich, um seine Plätze zu sehen',
  },
  standing: ['frei', 'gerade gehalten', 'gebucht', 'nicht im Verkauf', 'deiner, gehalten', 'deiner, gebucht', 'einen Moment'],
  flags: { accessible: 'Rollstuhlplatz', companion: 'Begleitplatz', restricted: 'Sicht eingeschränkt' },
  seatName: (section, row, seat, price, extras, state) => [section, row, seat, price, ...extras, state].filter(Boolean).join(', '),
  tray: {
    title: 'Deine Plätze', total: 'Summe', fees: 'alle Gebühren enthalten', remove: (name) => `${name} freigeben`, removeAll: 'Alle freigeben',
    held: (time) => `Für dich gehalten · ${time}`, keep: 'Plätze behalten', bookFree: 'Kostenlos buchen', bookDoor: (price) => `Reservieren, Abendkasse · ${price}`,
    elsewhere: (k) => `${k} gehalten`, booking: 'Bucht…', empty: 'Noch nichts gewählt.', open: 'Deine Plätze zeigen', hide: 'Deine Plätze ausblenden', count: (name, k) => `${name} × ${k}`,
    fiveMinutes: 'Noch fünf Minuten für deine Plätze.', oneMinute: 'Noch eine Minute für deine Plätze.',
  },
  keep: {
    title: 'Noch am Wählen?', text: (time) => `Deine Plätze gehen in ${time} zurück in den Saal.`, yes: 'Plätze behalten', no: 'Freigeben',
    limit: 'Länger geht es nicht. Buche jetzt, dann sind sie deine.',
    ran: 'Die Zeit ist um, die Plätze sind zurück im Saal. Wähl sie wieder, wenn sie noch frei sind.',
  },
  done: {
    title: 'Du bist dabei.', code: 'Buchungscode', door: (price) => `Zahl ${price} an der Abendkasse und nenn deinen Code.`, free: 'Nenn deinen Code am Einlass.',
    bookings: 'Deine Buchungen', again: 'Zurück zum Plan', kept: 'Deine Buchung', doorShort: (price) => `${price} an der Abendkasse`,
  },
  refusal: {
    seats_taken: (seats) => `Jemand war schneller: ${seats}.`, alternatives: 'In der Nähe frei:', take: (name) => `${name} nehmen`,
    orphan: (left) => `So bliebe ${left} allein zwischen vergebenen Plätzen.`, orphanFix: 'So geht es:',
    limit_exceeded: (limit, have) => `Hier kann jede Person ${n(limit, { one: 'einen Platz', other: '# Plätze' })} haben, und du hast ${have}.`,
    not_enough_together: 'So viele Plätze nebeneinander gibt es nicht mehr. Versuch weniger oder einen anderen Preis.',
    not_enough_left: 'So viele Plätze sind hier nicht mehr frei.',
    sale_closed: 'Es hat begonnen; halten geht nicht mehr.', nothing_held: 'Deine Plätze waren schon zurück im Saal. Wähl neu.',
    renewed_too_often: 'Länger geht es nicht. Buche jetzt, dann sind sie deine.', payment_not_possible: 'So kann hier nicht bezahlt werden.',
    already_cancelled: 'Das war schon storniert.', not_blockable: 'Gehaltene oder gebuchte Plätze lassen sich nicht sperren. Storniere zuerst.', not_allowed: 'Das darf nur das Team der Veranstaltung.',
    no_such_order: 'Diese Buchung ist hier nicht bekannt.', past_start: 'Der Beginn liegt in der Vergangenheit.',
    cooling_down: (s) => `Zu oft abgelaufen. In ${n(s, { one: '# Sekunde', other: '# Sekunden' })} kannst du wieder wählen.`,
    sign_in_required: 'Melde dich an, um weiterzumachen.', offline: 'Gerade keine Verbindung. Nichts ging verloren; versuch es gleich noch einmal.',
    busy: 'Gerade ist sehr viel los. Versuch es gleich noch einmal.', rate_limited: 'Das war viel auf einmal. Warte einen Moment.',
    other: 'Das hat nicht geklappt. Nichts wurde geändert; versuch es noch einmal.',
  },
  say: {
    taken: (name) => `${name} wurde gerade vergeben.`, freed: (name) => `${name} ist wieder frei.`, held: (name, k) => `${name} ${k === 1 ? 'ist vorerst deiner' : 'sind vorerst deine'}.`, released: (name) => `${name} freigegeben.`,
  },
  auth: {
    title: 'Anmelden', hold: 'Anmelden, um deine Plätze zu halten', holdCreate: 'Konto anlegen, um deine Plätze zu halten', holdHint: 'Danach bist du genau wieder hier.', have: 'Anmelden', create: 'Konto anlegen', email: 'E-Mail', password: 'Passwort', name: 'Name',
    passwordHint: 'Mindestens 10 Zeichen; am besten ein Satz.', go: 'Anmelden', goCreate: 'Konto anlegen', current: 'Bisheriges Passwort', next: 'Neues Passwort', changed: 'Passwort geändert. Andere Geräte wurden abgemeldet.',
    setup: 'Das Haus öffnen', setupHint: 'Das ist das erste Konto. Es darf alles.', setupGo: 'Erstes Konto anlegen',
    errors: {
      last_admin: 'Das ist das letzte Verwaltungskonto; eines braucht das Haus.', no_such_account: 'Dieses Konto gibt es nicht mehr.', not_allowed: 'Das darfst du nicht ändern.',
      email_taken: 'Zu dieser E-Mail gibt es schon ein Konto. Melde dich an.', wrong_credentials: 'E-Mail und Passwort passen nicht zusammen.', password_too_short: 'Das Passwort ist zu kurz: mindestens 10 Zeichen.',
      password_common: 'Dieses Passwort steht auf Listen häufiger Passwörter. Wähl ein anderes.', setup_token_invalid: 'Dieser Link wurde schon benutzt oder ist ungültig.', rate_limited: 'Zu viele Versuche. Warte ein wenig.',
      busy: 'Der Server ist beschäftigt. Versuch es gleich noch einmal.', offline: 'Gerade keine Verbindung. Versuch es gleich noch einmal.', invalid_body: 'Unten fehlt etwas oder ist falsch.', other: 'Das hat nicht geklappt. Versuch es noch einmal.',
    },
  },
  bookings: {
    title: 'Deine Buchungen', none: 'Noch keine Buchungen.', noneHint: 'Wenn du buchst, stehen hier deine Plätze und Codes.', cancel: 'Buchung stornieren', cancelled: 'Storniert', sure: 'Diese Buchung stornieren?',
    sureText: (code) => `Die Plätze von ${code} gehen sofort wieder in den Verkauf.`, yes: 'Stornieren', no: 'Behalten', door: 'an der Abendkasse zu zahlen', free: 'kostenlos', signIn: 'Melde dich an, um deine Buchungen zu sehen.', seats: 'Plätze', past: 'Vergangen',
  },
  desk: {
    title: 'Deine Veranstaltungen', create: 'Neue Veranstaltung', none: 'Noch keine Veranstaltungen.', noneHint: 'Leg eine an: Name, Zeit, Ort, Sitzreihen.', draft: 'Entwurf', published: 'Im Verkauf', notAllowed: 'Das ist für Veranstalter.',
    notAllowedHint: 'Bitte die Person, die dieses Haus betreibt, dich dazu zu machen.', event: 'Veranstaltung', date: 'Datum', sold: 'Gebucht', status: 'Stand',
    form: {
      title: 'Neue Veranstaltung', facts: 'Die Veranstaltung', name: 'Titel', description: 'Beschreibung', date: 'Datum', time: 'Uhrzeit', zone: 'Zeitzone', place: 'Ort', currency: 'Währung', limit: 'Plätze pro Person',
      hall: 'Der Saal', rows: 'Reihen', perRow: 'Plätze je Reihe', labels: 'Reihennamen', letters: 'A, B, C', numbers: '1, 2, 3', numbering: 'Platz 1 ist', fromLeft: 'links', fromRight: 'rechts', aisles: 'Gang nach Platz',
      aislesHint: 'Zahlen, durch Kommas getrennt', accessible: 'Rollstuhlplätze', accessibleHint: 'In der letzten Reihe, je mit Begleitplatz', zones: 'Preise, von vorn nach hinten', zone_: 'Zone', zoneName: 'Name', zoneRows: 'Reihen', zonePrice: 'Preis',
      addZone: 'Zone hinzufügen', removeZone: (name) => `${name} entfernen`, area: 'Stehbereich', areaName: 'Name', areaCapacity: 'Plätze', areaPrice: 'Preis', addArea: 'Stehbereich hinzufügen', removeArea: 'Bereich entfernen', preview: 'Vorschau', create: 'Entwurf anlegen',
      covered: (covered, rows) => `Die Zonen decken ${covered} von ${rows} Reihen ab`, fit: 'Letzte Zone anpassen', previewOld: 'Der Saal von vorhin: die Zonen müssen alle Reihen abdecken.',
      capacity: (k) => `${k} Plätze`, checklist: 'Vor dem Verkauf', todo: { title: 'Ein Titel', place: 'Ein Ort', start: 'Ein Beginn in der Zukunft', seats: 'Ein Saal mit Plätzen', rows: 'Zonen für jede Reihe', prices: 'Ein Preis je Zone', accessible: 'Ein Rollstuhlplatz (empfohlen)' },
      done: 'erledigt', open: 'offen', failed: 'Im Plan ist ein Fehler:', ready: 'Fertig. Veröffentlichen kannst du auf der nächsten Seite.', zoneDefault: ['Vorn', 'Mitte', 'Hinten', 'Balkon', 'Galerie', 'Oben'],
    },
    edit: {
      open: 'Bearbeiten', title: 'Veranstaltung bearbeiten', prices: (currency) => `Preise (${currency})`, saved: 'Die Änderungen sind gespeichert.', live: 'Alle sehen die Änderung sofort. Was schon gehalten oder gebucht ist, behält seinen Preis, und niemand bekommt eine Nachricht.',
      conflict: 'Jemand anderes hat inzwischen etwas geändert. Im Formular steht jetzt beides: sieh es noch einmal an und speichere dann.',
    },
    console: {
      publish: 'Veröffentlichen', published: 'Im Verkauf. Teil den Link:', copy: 'Link kopieren', copied: 'Kopiert', available: 'frei', held: 'gehalten', booked: 'gebucht', blocked: 'gesperrt', blockedPlaces: 'Nicht im Verkauf', blockedMost: (k) => `Höchstens ${k}: die anderen sind gehalten oder gebucht.`, revenue: 'gebuchter Umsatz', here: 'gerade hier',
      block: 'Sperren', unblock: 'Freigeben', cancelSeats: (k) => n(k, { one: '# gebuchten Platz stornieren', other: '# gebuchte Plätze stornieren' }), clear: 'Auswahl aufheben', selected: (k) => n(k, { one: '# Platz gewählt', other: '# Plätze gewählt' }), hint: 'Plätze anklicken oder mit Umschalt aufziehen.', hintTouch: 'Plätze antippen, um sie auszuwählen.',
      bookings: 'Buchungen', noBookings: 'Noch keine Buchungen. Sie erscheinen hier, sobald sie geschehen.', code: 'Code', who: 'Wer', seats: 'Plätze', total: 'Summe', when: 'Wann', status: 'Stand', heldBy: (name) => `Gehalten von ${name}`, bookedBy: (name) => `Gebucht von ${name}`,
      cancelOrder: 'Stornieren', cancelSure: (code, name) => `${code} von ${name} stornieren?`, cancelText: 'Die Plätze gehen sofort wieder in den Verkauf.', blockedDone: (k) => n(k, { one: '# Platz gesperrt.', other: '# Plätze gesperrt.' }), unblockedDone: (k) => n(k, { one: '# Platz wieder im Verkauf.', other: '# Plätze wieder im Verkauf.' }),
      publicPage: 'Als Gast ansehen', door: 'Abendkasse', free: 'kostenlos', cancelled: 'storniert', active: 'gebucht', find: 'Buchung suchen',
    },
  },
  accounts: {
    title: 'Konten', hint: 'Konten legt jede Person selbst an. Hier sagst du, wer veranstalten darf und wer sich nicht anmelden darf.', find: 'Nach Name oder E-Mail suchen', none: 'Niemand passt dazu.', role: 'Rolle', roles: { attendee: 'Gast', organiser: 'Veranstalter', admin: 'Verwaltung' },
    may: { attendee: 'Bucht Plätze.', organiser: 'Legt auch Veranstaltungen an und leitet sie.', admin: 'Darf alles, mit allen Veranstaltungen und Konten.' }, disabled: 'darf sich nicht anmelden', disable: 'Darf sich nicht anmelden', you: 'du', change: 'Ändern', changeOf: (name) => `${name} ändern`,
    ends: 'Damit wird die Person sofort überall abgemeldet.', saved: (name) => `${name}: gespeichert.`, first: (k) => `Hier stehen nur die ersten ${k}. Die anderen findest du mit der Suche.`, notAllowed: 'Das ist für die Verwaltung.', notAllowedHint: 'Nur sie sieht die Konten aller.',
  },
  lost: { title: 'Unter dieser Adresse ist nichts.', hint: 'Das Programm ist vorn.' },
  failed: { title: 'Die Seite konnte nicht geladen werden.', hint: 'Der Server ist vielleicht kurz weg.' },
};
