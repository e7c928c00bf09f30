import fc from 'fast-check';
import { expect } from 'vitest';
import { createMarkdown } from '../../adapters/markdown/markdown.ts';
import type { Document } from '../../core/domain/document.ts';

/*
 * Links that pretend to lead elsewhere, for every renderer:
 *
 *   test('no link hides where it leads', () => {
 *     checkHonestLinks((document) => readOwnOutput(render(document)));
 *   });
 *
 * What a renderer's reader gives back is what a person sees: the characters, and which of them can be clicked.
 */

export interface SeenLinks {
  readonly text: string;
  /** Places in `text`, in UTF-16 units. A renderer without links gives none. */
  readonly links: readonly { readonly from: number; readonly to: number; readonly url: string }[];
}

const victim = 'bank.example';
const target = 'https://evil.example/';

const between = (mark: string) => (text: string) => [...text].join(mark);
const moved = (from: string, by: number) => (text: string) =>
  [...text]
    .map((char) =>
      /[a-z]/.test(char) ? String.fromCodePoint(char.charCodeAt(0) - from.charCodeAt(0) + by) : char,
    )
    .join('');

/** Ways to write a host that an eye reads as it stands, and none of which is it. */
const disguises: Readonly<Record<string, (text: string) => string>> = {
  none: (text) => text,
  capitals: (text) => text.toUpperCase(),
  'mixed case': (text) => [...text].map((char, at) => (at % 2 ? char : char.toUpperCase())).join(''),
  'zero width spaces': between('\u200b'),
  'word joiners': between('\u2060'),
  'soft hyphens': between('\u00ad'),
  'combining grapheme joiners': between('\u034f'),
  'variation selectors': between('\ufe0f'),
  'hair spaces': between('\u200a'),
  'full width letters': moved('a', 0xff41),
  'mathematical letters': moved('a', 0x1d400 + 26),
  'full width dots': (text) => text.replaceAll('.', '\uff0e'),
  'ideographic stops': (text) => text.replaceAll('.', '\u3002'),
  'leader dots': (text) => text.replaceAll('.', '\u2024'),
  'Cyrillic letters': (text) => text.replaceAll('a', '\u0430').replaceAll('e', '\u0435'),
  'an override': (text) => `\u202d${text}\u202c`,
  'an isolate': (text) => `\u2067${text}\u2069`,
  'a right-to-left mark': (text) => `\u200f${text}`,
  'entities for overrides': (text) => `&#x202e;${text}&#x202c;`,
  'entities for letters': (text) => text.replaceAll('.', '&#46;').replaceAll('a', '&#97;'),
};

/** What an eye makes of it. */
function undisguised(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\p{Variation_Selector}]|\u034f|\u200a/gu, '')
    .replaceAll(/[\u3002\u2024]/g, '.')
    .toLowerCase()
    .replaceAll('\u0430', 'a')
    .replaceAll('\u0435', 'e');
}

/** How a host gets into, or up to, the words of a link. */
const shapes: readonly ((host: string, start: string, end: string) => string)[] = [
  (host) => `[${host}](${target})`,
  (host) => `[https://${host}](${target})`,
  (host) => `[http://${host}/login?next=1](${target})`,
  (host) => `[www.${host}](${target})`,
  (host) => `[HTTPS://${host}:443/](${target})`,
  (host) => `[https\u2236\u2215\u2215${host}/a](${target})`,
  (host) => `[Log in at ${host}, then wait](${target})`,
  (host, start, end) => `[Log in at **${start}**${end}](${target} "${host}")`,
  (host) => `[support@${host}](${target})`,
  (host) => `[support@${host}](mailto:x@evil.example)`,
  (host) => `[${target} https://${host}/](${target})`,
  (host) => `[${target}#https://${host}/](${target})`,
  (host) => `![${host}](${target})`,
  (host) => `[![https://${host}](https://${host}/x.png)](${target})`,
  (host) => `[${host}][r]\n\n[r]: ${target}`,
  (host) => `[${host}]\n\n[${host}]: ${target}`,
  (host) => `https://[${host}](${target})`,
  (host) => `https://${host}/[login](${target})`,
  (host) => `**https://${host}/**[login](${target})`,
  (_, start, end) => `${start}[${end}](${target})`,
  (_, start, end) => `[${start}](${target})[${end}](${target})`,
  (host) => `<https://${host}@evil.example/>`,
  (host) => `[https://${host}@evil.example/](https://${host}@evil.example/)`,
  (host) => `[https://${host}/](https://${victim}@evil.example/)`,
  (host) => `[https://user:${host}@evil.example/](${target})`,
];

const places: readonly ((link: string) => string)[] = [
  (link) => link,
  (link) => `See ${link}.`,
  (link) => `# ${link}`,
  (link) => `- one\n- ${link.split('\n\n').join('\n\n  ')}`,
  (link) => `> ${link.split('\n\n').join('\n>\n> ')}`,
  (link) => `**Important:** ${link} _now_`,
];

/** Markdown in which something reads like `bank.example` and leads to another host. */
export const spoofingMarkdown: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...shapes),
    fc.constantFrom(...Object.values(disguises)),
    fc.constantFrom(...places),
    fc.constantFrom(victim, `login.${victim}`, 'bank-of.example'),
  )
  .map(([shape, disguise, place, host]) =>
    place(shape(disguise(host), disguise(host.slice(0, 4)), disguise(host.slice(4)))),
  );

const readsLikeVictim = /(?<![a-z.-])(?:[a-z]+[./]+)*bank(?:-of)?\.example/;

/** Nothing to click that reads like another host, and every address that can be reached is on the screen. */
export function expectHonest({ text, links }: SeenLinks, source: string): void {
  for (const { from, to, url } of links) {
    const before = /\S*$/.exec(text.slice(0, from))?.[0] ?? '';
    const after = /^\S*/.exec(text.slice(to))?.[0] ?? '';
    // What stands in brackets beside it reads as apart.
    const word = `${before.replace(/^.*\(/, '')}${text.slice(from, to)}${after.replace(/^\).*/, '')}`;
    const { host } = new URL(url);
    expect([source, url, readsLikeVictim.test(undisguised(word)) && !host.includes('bank')]).toEqual([
      source,
      url,
      false,
    ]);
  }
  expect(undisguised(text), source).toContain('evil.example');
  expect(text, source).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
}

/** Draws spoofing Markdown and holds what a renderer shows of it against what may be shown. */
export function checkHonestLinks(show: (document: Document) => SeenLinks, numRuns = 1_500): void {
  const markdown = createMarkdown();
  fc.assert(
    fc.property(spoofingMarkdown, (source) => expectHonest(show(markdown.parse(source)), source)),
    { numRuns },
  );
}
