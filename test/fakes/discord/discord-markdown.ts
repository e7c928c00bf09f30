/** A link as it can be clicked: places in `text`, in UTF-16 units. */
export interface ReadLink {
  readonly from: number;
  readonly to: number;
  readonly url: string;
}

/** Words as they appear, and what Discord took for markup, one entry each. */
export interface ReadText {
  readonly text: string;
  readonly markup: readonly string[];
  readonly links: readonly ReadLink[];
}

interface Page {
  text: string;
  readonly markup: string[];
  readonly links: ReadLink[];
}

/** What a rule makes of the rest of the words; gives how many characters it took. */
type Rule = (rest: string, page: Page) => number;

const shown =
  (pattern: RegExp, kind: string, show: (match: RegExpExecArray) => string): Rule =>
  (rest, page) => {
    const match = pattern.exec(rest);
    if (match === null) return 0;
    page.markup.push(kind);
    page.text += show(match);
    return match[0].length;
  };

/** A pair of marks around words that are read in their turn. */
const around =
  (pattern: RegExp, kind: string): Rule =>
  (rest, page) => {
    const match = pattern.exec(rest);
    if (match === null) return 0;
    page.markup.push(kind);
    readInline(match[1] ?? match[2] ?? '', page);
    return match[0].length;
  };

const backslash: Rule = (rest, page) => {
  const match = /^\\([^0-9A-Za-z\s])/u.exec(rest);
  if (match === null) return 0;
  page.text += match[1] ?? '';
  return match[0].length;
};

const codeBlock: Rule = shown(
  /^```(?:[a-z0-9_+\-.#]+?\n)?\n*([^\n][\s\S]*?)\n*```/i,
  'pre',
  (match) => match[1] ?? '',
);

const inlineCode: Rule = shown(/^(`+)([\s\S]*?[^`])\1(?!`)/, 'code', (match) =>
  (match[2] ?? '').replace(/^ (?= *`)/, '').replace(/(` *) $/, '$1'),
);

const maskedLink: Rule = (rest, page) => {
  const match =
    /^\[((?:\[[^\]]*\]|[^[\]\\]|\\[\s\S]|\](?=[^[]*\]))*)\]\(\s*<?((?:\([^)\s]*\)|\\.|[^\s\\()])*?)>?(?:\s+['"][\s\S]*?['"])?\s*\)/.exec(
      rest,
    );
  const url = (match?.[2] ?? '').replaceAll(/\\([^0-9A-Za-z\s])/g, '$1');
  if (match === null || !/^(?:https?|discord):\/\/\S|^(?:mailto|tel):\S/i.test(url)) return 0;
  // Discord shows some of these as typed, where the label could pass for an address; here they count.
  page.markup.push('link');
  const from = page.text.length;
  readInline(match[1] ?? '', page);
  page.links.push({ from, to: page.text.length, url });
  return match[0].length;
};

const address =
  (pattern: RegExp): Rule =>
  (rest, page) => {
    const match = pattern.exec(rest);
    if (match === null) return 0;
    const url = match[1] ?? match[0];
    page.markup.push('link');
    page.links.push({ from: page.text.length, to: page.text.length + url.length, url });
    page.text += url;
    return match[0].length;
  };

const shortName = /^:([\w+-]+)(?:::skin-tone-\d)?:/;
const emojiName: Rule = (rest, page) => {
  const name = shortName.exec(rest)?.[1];
  // Times of day have no letter and are no pictures.
  if (name === undefined || !(/[a-z]/i.test(name) || /^(?:[+-]1|100|1234)$/.test(name))) return 0;
  page.markup.push('emoji');
  page.text += `:${name}:`;
  return name.length + 2;
};

/** Discord looks for these in the raw words and puts a card under the message. */
const invite: Rule = (rest, page) => {
  const match = /^(?:discord\.gg|discord(?:app)?\.com\/invite)\/[\w-]+/i.exec(rest);
  if (match === null) return 0;
  page.markup.push('invite');
  page.text += match[0];
  return match[0].length;
};

/** https://docs.discord.com/developers/reference#message-formatting In the order in which they are tried. */
const inlineRules: readonly Rule[] = [
  backslash,
  codeBlock,
  inlineCode,
  maskedLink,
  address(/^<((?:https?:\/\/|mailto:|tel:)[^\s>]+)>/i),
  address(/^<([\w.+-]+@[\w-]+(?:\.[\w-]+)+)>/),
  address(/^<(\+\d[\d ]{3,})>/),
  invite,
  address(/^https?:\/\/[^\s<]+[^<.,:;"'\]\s]/i),
  shown(/^<@!?(\d+)>/, 'mention', (match) => `@${match[1]}`),
  shown(/^<@&(\d+)>/, 'role', (match) => `@&${match[1]}`),
  shown(/^<#(\d+)>/, 'channel', (match) => `#${match[1]}`),
  shown(/^<id:(customize|browse|guide|linked-roles)(?::\d+)?>/, 'channel', (match) => `#${match[1]}`),
  shown(/^@(?:everyone|here)/, 'broadcast', (match) => match[0]),
  shown(/^<a?:(\w+):\d+>/, 'emoji', (match) => `:${match[1]}:`),
  shown(/^<t:(-?\d+)(?::[tTdDfFsSR])?>/, 'timestamp', (match) => String(match[1])),
  shown(/^<(\/[-\w' ]+):\d+>/, 'command', (match) => match[1] ?? ''),
  emojiName,
  around(/^\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/, 'bold'),
  around(/^__((?:\\[\s\S]|[^\\])+?)__(?!_)/, 'underline'),
  around(/^~~((?:\\[\s\S]|[^\\])+?)~~/, 'strike'),
  around(/^\|\|((?:\\[\s\S]|[^\\])+?)\|\|/, 'spoiler'),
  around(
    /^\b_((?:__|\\[\s\S]|[^\\_])+?)_\b|^\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/,
    'italic',
  ),
];

function readOne(rest: string, page: Page): number {
  for (const rule of inlineRules) {
    const taken = rule(rest, page);
    if (taken > 0) return taken;
  }
  page.text += rest[0] ?? '';
  return 1;
}

function readInline(source: string, page: Page): void {
  for (let at = 0; at < source.length; ) at += readOne(source.slice(at), page);
}

/** What makes a line more than a line. */
const linePrefixes: readonly (readonly [RegExp, string])[] = [
  [/^ *>>> +(?=[\s\S])/, 'quote'],
  [/^ *>(?!>>) +/, 'quote'],
  [/^ *#{1,3}\s+(?=\S)/, 'heading'],
  [/^ *-# +(?=\S)/, 'subtext'],
  [/^ *(?:[-*]|\d{1,10}\.) +(?=\S)/, 'list'],
];

function readLineStart(rest: string, page: Page): number {
  let taken = 0;
  for (;;) {
    const here = rest.slice(taken);
    const found = linePrefixes.find(([pattern]) => pattern.test(here));
    if (found === undefined) return taken;
    page.markup.push(found[1]);
    taken += found[0].exec(here)?.[0].length ?? 0;
  }
}

/** Reads the words of a message as Discord's own apps show them; doubtful cases count as markup. */
export function readMarkdown(source: string): ReadText {
  const page: Page = { text: '', markup: [], links: [] };
  for (let at = 0; at < source.length; ) {
    if (at === 0 || source[at - 1] === '\n') at += readLineStart(source.slice(at), page);
    if (at < source.length) at += readOne(source.slice(at), page);
  }
  return page;
}
