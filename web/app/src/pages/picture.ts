// Where an event's picture is. What not everyone may see is asked for as oneself, and shown from memory.

import type { EventSummary } from '../api/answers.ts';

/** The server keeps these. */
export const WIDTHS = [480, 1280] as const;

export const pathOf = (id: number, picture: string): string => `/events/${id}/pictures/${encodeURIComponent(picture)}`;

export const isForAll = ({ visibility, status }: Pick<EventSummary, 'visibility' | 'status'>): boolean =>
  status !== 'draft' && (visibility === 'public' || visibility === 'unlisted');

/** As text, because the page may load no other address. */
export async function asDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
