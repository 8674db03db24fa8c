// A ticket's text, and whether the server signed it: told on the device alone. It knows no list and lets nobody in.

export interface Ticket {
  event: string;
  order: string;
  /** As the command `check_in` has it: `s12`, `a0.3`. */
  place: string;
}

/** What is signed begins so. */
const CONTEXT = 'houseful-ticket-1:';
const TEXT = /^(\d{1,16})\.([0-9a-f]{32})\.(s\d{1,9}|a\d{1,9}-\d{1,9})\.([A-Za-z0-9_-]{86})$/;

/** What it says it is for, be it true or not. */
export function parse(text: string): Ticket | null {
  const [, event, order, place] = TEXT.exec(text) ?? [];
  if (!event || !order || !place) return null;
  const uuid = order.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { event, order: uuid, place: place.replace('-', '.') };
}

/** Whether its signature is that key's; null where this device can't tell. */
export async function isTrue(text: string, publicKey: string): Promise<boolean | null> {
  const end = text.lastIndexOf('.');
  const message = new TextEncoder().encode(CONTEXT + text.slice(0, end));
  try {
    const [signature, key] = [bytesOf(text.slice(end + 1)), bytesOf(publicKey)];
    return await verify(signature, message, key);
  } catch {
    return null;
  }
}

async function verify(signature: Bytes, message: Bytes, key: Bytes): Promise<boolean> {
  const known = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']).catch(() => null);
  if (known) return crypto.subtle.verify('Ed25519', known, signature, message);
  // Browsers from before 2025 know no Ed25519.
  const { verifyAsync } = await import('@noble/ed25519');
  return verifyAsync(signature, message, key, { zip215: false });
}

type Bytes = Uint8Array<ArrayBuffer>;

function bytesOf(base64url: string): Bytes {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
