// An event's picture as an address that the page may show. A draft's picture is for those alone who prove who they
// are, which an address cannot: it is fetched, and shown from memory.

import type { Id } from '../api/answers.ts';
import { Problem } from '../api/http.ts';
import { bearer, call } from '../session.svelte.ts';
import type { Messages } from '../text/en.ts';

/** A file as an address, or nothing if it is no picture. */
export async function readPicture(file: Blob): Promise<string> {
  const address = await new Promise<string>((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => resolve('');
    reader.readAsDataURL(file);
  });
  const image = new Image();
  image.src = address;
  return image.decode().then(() => address, () => '');
}

/** A picture that is kept, or nothing if it cannot be had. */
export async function keptPicture(event: Id, picture: string | null | undefined): Promise<string> {
  if (!picture) return '';
  const token = await bearer();
  const headers: HeadersInit = token ? { Authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`/api/v1/events/${event}/pictures/${picture}?width=480`, { headers }).catch(() => null);
  return answer?.ok ? readPicture(await answer.blob()) : '';
}

export const putPicture = (event: Id, raw: Blob) => call<{ id: string }>(`/events/${event}/picture`, { method: 'PUT', raw });
export const dropPicture = (event: Id) => call<unknown>(`/events/${event}/picture`, { method: 'DELETE' });

export function pictureProblem(reason: unknown, t: Messages): string {
  const code = reason instanceof Problem ? reason.code : 'other';
  return t.picture.errors[code] ?? t.auth.errors[code] ?? t.auth.errors['other'] ?? '';
}
