// Addresses to pages and back, over the History API; links are plain links.

export type Route =
  | { page: 'lobby' }
  | { page: 'event'; id: string }
  | { page: 'room'; path: string }
  | { page: 'bookings' }
  | { page: 'tickets'; order: string }
  | { page: 'notifications' }
  | { page: 'settings' }
  | { page: 'desk' }
  | { page: 'desk-new' }
  | { page: 'desk-webhooks' }
  | { page: 'desk-event'; id: string }
  | { page: 'door'; id: string }
  | { page: 'inspect'; room: string }
  | { page: 'accounts' }
  | { page: 'admin' }
  | { page: 'setup' }
  | { page: 'lost' };

export function parseRoute(path: string): Route {
  const parts = path.split('/').filter(Boolean);
  if (parts.length === 0) return { page: 'lobby' };
  if (parts.length === 2 && parts[0] === 'events') return { page: 'event', id: parts[1]! };
  if (isRoom(parts)) return { page: 'room', path: parts.map(decoded).join('/') };
  if (parts.length === 1 && parts[0] === 'bookings') return { page: 'bookings' };
  if (parts.length === 2 && parts[0] === 'bookings') return { page: 'tickets', order: decoded(parts[1]!) };
  if (parts.length === 1 && parts[0] === 'notifications') return { page: 'notifications' };
  if (parts.length === 1 && parts[0] === 'settings') return { page: 'settings' };
  if (parts.length === 1 && parts[0] === 'setup') return { page: 'setup' };
  if (parts.length === 1 && parts[0] === 'accounts') return { page: 'accounts' };
  if (parts.length === 1 && parts[0] === 'admin') return { page: 'admin' };
  if (parts.length > 1 && parts[0] === 'inspect') return { page: 'inspect', room: parts.slice(1).map(decoded).join('/') };
  if (parts[0] === 'desk') return parseDesk(parts.slice(1));
  return { page: 'lost' };
}

/** A room's address is its path; an event's sale has a page of its own. */
function isRoom(parts: string[]): boolean {
  if (parts[0] === 'rooms') return parts.length === 2;
  return parts[0] === 'events' && parts.length === 3 && parts[2] !== 'seats';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parseDesk(parts: string[]): Route {
  if (parts.length === 0) return { page: 'desk' };
  if (parts.length === 1 && parts[0] === 'new') return { page: 'desk-new' };
  if (parts.length === 1 && parts[0] === 'webhooks') return { page: 'desk-webhooks' };
  if (parts.length === 2 && parts[0] === 'events') return { page: 'desk-event', id: parts[1]! };
  if (parts.length === 3 && parts[0] === 'events' && parts[2] === 'door') return { page: 'door', id: parts[1]! };
  return { page: 'lost' };
}

const current = $state<{ route: Route }>({ route: parseRoute(location.pathname) });

export const route = (): Route => current.route;

export function go(path: string): void {
  history.pushState(null, '', path);
  arrive();
}

function arrive(): void {
  current.route = parseRoute(location.pathname);
  scrollTo(0, 0);
}

export function listen(): void {
  addEventListener('popstate', () => (current.route = parseRoute(location.pathname)));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
    if (!link || link.target || link.origin !== location.origin || link.hash) return;
    if (link.pathname.startsWith('/api')) return;
    event.preventDefault();
    if (link.pathname !== location.pathname) go(link.pathname);
  });
}
