import { badRequest } from './api-fault.ts';

/** As in https://core.telegram.org/bots/api#messageentity; offsets and lengths in UTF-16 code units. */
export interface FakeEntity {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
  readonly user?: { readonly id: number };
}

export interface ParsedText {
  readonly text: string;
  readonly entities: readonly FakeEntity[];
}

/** Telegram's tags and the entities they make: https://core.telegram.org/bots/api#html-style */
const tagTypes: Readonly<Record<string, string>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  a: 'text_link',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
};

const namedEntities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

interface OpenTag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly offset: number;
}

const unparsable = (reason: string): Error => badRequest(`can't parse entities: ${reason}`);

/** Reads a character reference at `at`; Telegram takes it with and without the semicolon. */
function readReference(
  html: string,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  const numeric = /^&#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));?/i.exec(html.slice(at, at + 12));
  if (numeric !== null) {
    const code = numeric[1] === undefined ? Number(numeric[2]) : Number.parseInt(numeric[1], 16);
    if (code === 0 || code > 0x10ffff) return undefined;
    return { text: String.fromCodePoint(code), end: at + numeric[0].length };
  }
  const named = /^&([a-z]+);?/.exec(html.slice(at, at + 12));
  const text = named === null ? undefined : namedEntities[named[1] ?? ''];
  return named === null || text === undefined ? undefined : { text, end: at + named[0].length };
}

function decode(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; ) {
    const reference = text[at] === '&' ? readReference(text, at) : undefined;
    out += reference?.text ?? text[at];
    at = reference?.end ?? at + 1;
  }
  return out;
}

function readAttributes(source: string, tag: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  let rest = source.trim();
  while (rest !== '') {
    const match = /^([^\s=>"']+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.-]+))\s*/.exec(rest);
    const name = match?.[1];
    if (match === null || name === undefined) throw unparsable(`Malformed attribute of the tag "${tag}"`);
    attributes.set(name.toLowerCase(), decode(match[2] ?? match[3] ?? match[4] ?? ''));
    rest = rest.slice(match[0].length);
  }
  return attributes;
}

/** End of the tag that begins at `at`, past quoted attribute values; undefined when it never ends. */
function endOfTag(html: string, at: number): number | undefined {
  let quote: string | undefined;
  for (let index = at; index < html.length; index += 1) {
    const char = html[index];
    if (quote !== undefined) quote = char === quote ? undefined : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return index;
  }
  return undefined;
}

function openTag(html: string, at: number, end: number, offset: number): OpenTag {
  const inside = html.slice(at + 1, end);
  const name = (/^[^\s/>]*/.exec(inside)?.[0] ?? '').toLowerCase();
  if (tagTypes[name] === undefined) throw unparsable(`Unsupported start tag "${name}" at byte offset ${at}`);
  const attributes = readAttributes(inside.slice(name.length), name);
  if (name === 'span' && attributes.get('class') !== 'tg-spoiler') {
    throw unparsable(`Tag "span" must have class "tg-spoiler" at byte offset ${at}`);
  }
  return { name, attributes, offset };
}

function entityOf(tag: OpenTag, text: string): FakeEntity | undefined {
  const base = { type: tagTypes[tag.name] ?? '', offset: tag.offset, length: text.length - tag.offset };
  if (base.length === 0) return undefined;
  if (tag.name === 'a') {
    const url = tag.attributes.get('href') ?? text.slice(tag.offset);
    const user = /^tg:\/\/user\?id=(\d+)/i.exec(url)?.[1];
    if (user !== undefined) return { ...base, type: 'text_mention', user: { id: Number(user) } };
    // Anything that is no web address is dropped without a word.
    return /^https?:\/\/[^\s/]+/i.test(url) || /^tg:\/\//i.test(url) ? { ...base, url } : undefined;
  }
  const language = /^language-(.+)$/.exec(tag.attributes.get('class') ?? '')?.[1];
  return tag.name === 'code' && language !== undefined ? { ...base, language } : base;
}

/** `<pre><code class="language-x">` is one entity. */
function mergeCode(entities: readonly FakeEntity[]): readonly FakeEntity[] {
  const codes = entities.filter((entity) => entity.type === 'code');
  return entities
    .map((entity) => {
      const inner = codes.find((code) => code.offset === entity.offset && code.length === entity.length);
      return entity.type === 'pre' && inner?.language !== undefined
        ? { ...entity, language: inner.language }
        : entity;
    })
    .filter(
      (entity) =>
        entity.type !== 'code' ||
        !entities.some(
          (pre) =>
            pre.type === 'pre' &&
            pre.offset <= entity.offset &&
            pre.offset + pre.length >= entity.offset + entity.length,
        ),
    );
}

/** Closes the innermost tag with the end tag that stands at `at`. */
function closeTag(
  html: string,
  at: number,
  end: number,
  stack: OpenTag[],
  text: string,
): FakeEntity | undefined {
  const open = stack.pop();
  if (open === undefined) throw unparsable(`Unexpected end tag at byte offset ${at}`);
  const name = html
    .slice(at + 2, end)
    .trim()
    .toLowerCase();
  if (name !== open.name) {
    throw unparsable(
      `Unmatched end tag at byte offset ${at}, expected "</${open.name}>", found "</${name}>"`,
    );
  }
  return entityOf(open, text);
}

function pushTag(html: string, at: number, end: number, stack: OpenTag[], text: string): void {
  const tag = openTag(html, at, end, text.length);
  if (tag.name === 'blockquote' && stack.some((open) => open.name === 'blockquote')) {
    throw unparsable(`Nested blockquote at byte offset ${at}`);
  }
  stack.push(tag);
}

/** Reads HTML as Telegram does: an unknown, unclosed or crossed tag is a 400, everything else is text. */
export function parseHtml(html: string): ParsedText {
  const stack: OpenTag[] = [];
  const entities: FakeEntity[] = [];
  let text = '';
  for (let at = 0; at < html.length; ) {
    const reference = html[at] === '&' ? readReference(html, at) : undefined;
    if (html[at] !== '<') {
      text += reference?.text ?? html[at];
      at = reference?.end ?? at + 1;
      continue;
    }
    const end = endOfTag(html, at);
    if (end === undefined) throw unparsable(`Unclosed start tag at byte offset ${at}`);
    if (html[at + 1] === '/') {
      const entity = closeTag(html, at, end, stack, text);
      if (entity !== undefined) entities.push(entity);
    } else {
      pushTag(html, at, end, stack, text);
    }
    at = end + 1;
  }
  const left = stack.at(-1);
  if (left !== undefined) throw unparsable(`Can't find end tag corresponding to start tag "${left.name}"`);
  return { text, entities: mergeCode(entities) };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Telegram does not keep
const spaceLike = /[\u0000-\u0009\u000b\u000c\u000e-\u0020]/;
const dropped = /[\r\u2028-\u202e]/;

/** Control characters become spaces, some vanish, and the ends are trimmed; entities follow. */
export function normalise(parsed: ParsedText): ParsedText {
  const places: number[] = [];
  let text = '';
  for (const char of parsed.text.split('')) {
    places.push(text.length);
    if (!dropped.test(char)) text += spaceLike.test(char) ? ' ' : char;
  }
  places.push(text.length);
  const start = /^[ \n]*/.exec(text)?.[0].length ?? 0;
  const trimmed = text.slice(start).replace(/[ \n]+$/, '');
  const moved = parsed.entities.flatMap((entity) => {
    const from = Math.max(0, (places[entity.offset] ?? 0) - start);
    const to = Math.min(trimmed.length, (places[entity.offset + entity.length] ?? 0) - start);
    const isEmpty = to <= from || trimmed.slice(from, to).trim() === '';
    return isEmpty ? [] : [{ ...entity, offset: from, length: to - from }];
  });
  return { text: trimmed, entities: moved };
}

/** What Telegram finds in plain text on its own: mentions and commands (and links, which nobody here reads). */
export function detectEntities(text: string): readonly FakeEntity[] {
  const found: FakeEntity[] = [];
  for (const match of text.matchAll(/(?<![\p{L}\p{N}_])@[A-Za-z]\w{2,31}(?![\p{L}\p{N}_])/gu)) {
    found.push({ type: 'mention', offset: match.index, length: match[0].length });
  }
  for (const match of text.matchAll(/(?<![\w/<>])\/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{3,31})?(?![\w/])/g)) {
    found.push({ type: 'bot_command', offset: match.index, length: match[0].length });
  }
  return found.toSorted((a, b) => a.offset - b.offset);
}
