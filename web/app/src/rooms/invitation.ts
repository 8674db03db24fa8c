// Invitation links: the token is made here and stays in the link; the room learns only its hash.

const TOKEN_BYTES = 32;

export interface Invitation {
  token: string;
  hash: string;
}

export async function newInvitation(): Promise<Invitation> {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const token = btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return { token, hash: await hashOf(token) };
}

export async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const linkOf = (origin: string, path: string, token: string): string => `${origin}/${path}#invite=${token}`;

/** What follows `#` is sent to no server; it is read once, and taken out of the address. */
export const tokenIn = (hash: string): string | null => /^#invite=([\w-]{16,200})$/.exec(hash)?.[1] ?? null;
