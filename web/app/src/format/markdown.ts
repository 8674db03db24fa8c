// Descriptions as people write them, in Markdown: safe to show as HTML. Pictures from elsewhere and HTML are text.

import { micromark } from 'micromark';

const OFF = { disable: { null: ['htmlFlow', 'htmlText', 'labelStartImage'] } };

/** Headings of a text stand below those of the page that it is on. */
const LOWER = 2;

/**
 * HTML of a text. Whatever the text says, it has no element but those of Markdown, no attribute but the address of
 * a link, and no address but http, https, mailto and relative ones: the parser escapes and filters by itself.
 */
export function htmlOf(markdown: string): string {
  return micromark(markdown, { extensions: [OFF] })
    .replaceAll(/<(\/?)h([1-6])>/g, (_, end: string, level: string) => `<${end}h${Math.min(6, Number(level) + LOWER)}>`)
    .replaceAll('<a href=', '<a rel="noopener nofollow ugc" href=');
}

/** The beginning of a text in one line, for cards. */
export function gistOf(markdown: string, chars = 160): string {
  const plain = htmlOf(markdown).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').trim();
  const read = plain.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  return read.length <= chars ? read : `${read.slice(0, chars).replace(/\s+\S*$/u, '')}…`;
}
