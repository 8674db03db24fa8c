// Descriptions in Markdown: what is meant is shown, and nothing else ever runs.

import { expect, test } from 'vitest';
import { gistOf, htmlOf } from '../src/format/markdown.ts';

test('headings, lists, emphasis and links are shown; headings stand below the page’s', () => {
  expect(htmlOf('# Doors\n\nat *seven*, [map](https://example.org/map)')).toBe(
    '<h3>Doors</h3>\n<p>at <em>seven</em>, <a rel="noopener nofollow ugc" href="https://example.org/map">map</a></p>',
  );
  expect(htmlOf('- one\n- two')).toContain('<li>one</li>');
  expect(htmlOf('###### deep')).toBe('<h6>deep</h6>');
});

test.each([
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<a href="javascript:alert(1)">x</a>', '<svg/onload=alert(1)>',
  '[x](javascript:alert(1))', '[x](JaVaScRiPt:alert(1))', '[x](data:text/html;base64,PHNjcmlwdD4=)', '[x](vbscript:x)', '[x](&#106;avascript:alert(1))',
  '<javascript:alert(1)>', '[x]: javascript:alert(1)\n\n[x]', '![x](https://tracker.example/pixel.gif)', '[x](" onclick="alert(1))', '`<script>`',
  '[a](https://e.org/" onmouseover="alert(1))', '<!-- --><script>alert(1)</script>', '<h1 onclick=alert(1)>x</h1>',
])('nothing runs and nothing is fetched: %s', (text) => {
  const html = htmlOf(text);
  const tags = [...html.matchAll(/<\/?([a-z0-9]+)([^>]*)>/g)];
  for (const [, name, attributes] of tags) {
    expect(['p', 'a', 'em', 'strong', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'hr', 'br', 'h3', 'h4', 'h5', 'h6']).toContain(name);
    if (attributes) expect(attributes).toMatch(/^( \/| rel="noopener nofollow ugc" href="(https?:\/\/[^"]*|mailto:[^"]*|)"( title="[^"]*")?)$/);
  }
});

test('a card has the gist in plain words', () => {
  expect(gistOf('# Hamlet\n\n**To be** <or> "not" & so on')).toBe('Hamlet To be <or> "not" & so on');
  expect(gistOf('one two three four', 12)).toBe('one two…');
});
