import { isEmojiName } from './emoji-names.ts';

/** Words as they appear, and what Slack took for markup, one entry each. */
export interface ReadText {
  readonly text: string;
  readonly markup: readonly string[];
}

const noCustomEmoji: ReadonlySet<string> = new Set();
export const decode = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

interface Control {
  readonly kind: string;
  readonly shown: string;
}

/** What stands between angle brackets: https://docs.slack.dev/messaging/formatting-message-text#mentioning-users */
export function readControl(inside: string): Control | undefined {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? undefined : decode(inside.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) return { kind: 'mention', shown: `@${label ?? target.slice(1)}` };
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return { kind: 'channel', shown: `#${label ?? target.slice(1)}` };
  if (/^!(?:channel|here|everyone)$/.test(target)) return { kind: 'broadcast', shown: `@${target.slice(1)}` };
  if (/^!subteam\^/.test(target)) return { kind: 'usergroup', shown: label ?? target };
  if (/^!date\^/.test(target)) return { kind: 'date', shown: label ?? target };
  if (/^(?:https?:\/\/|mailto:|tel:)\S+$/i.test(target))
    return { kind: 'link', shown: label ?? decode(target) };
  return undefined;
}

/** The kinds of control sequences in raw text, wherever they stand. */
export const controlsIn = (raw: string): readonly string[] =>
  [...raw.matchAll(/<([^<>]+)>/g)].flatMap((match) => readControl(match[1] ?? '')?.kind ?? []);

const FIRST_PLACEHOLDER = 0x10f000;
const marks: readonly (readonly [RegExp, string])[] = [
  [/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^\n*]*[^\s*])\*(?![\p{L}\p{N}*])/gu, 'bold'],
  [/(?<![\p{L}\p{N}_])_(?=[^\s_])([^\n_]*[^\s_])_(?![\p{L}\p{N}_])/gu, 'italic'],
  [/(?<![\p{L}\p{N}~])~(?=[^\s~])([^\n~]*[^\s~])~(?![\p{L}\p{N}~])/gu, 'strike'],
];

/** Emoji by name count as markup: somebody wrote a word and a picture appeared. */
export function emojiIn(text: string): readonly string[] {
  return [...text.matchAll(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g)].flatMap((match) =>
    isEmojiName(match[1] ?? '', noCustomEmoji) ? ['emoji'] : [],
  );
}

function readPart(raw: string, markup: string[], linksNames: boolean): string {
  const controls: Control[] = [];
  let text = raw.replaceAll(/<([^<>]+)>/g, (whole, inside: string) => {
    const control = readControl(inside);
    if (control === undefined) return whole;
    markup.push(control.kind);
    controls.push(control);
    return String.fromCodePoint(FIRST_PLACEHOLDER + controls.length - 1);
  });
  if (linksNames) {
    for (const match of text.matchAll(/(?<![\w@])@(\w+)/g)) {
      markup.push(/^(?:here|channel|everyone)$/.test(match[1] ?? '') ? 'broadcast' : 'mention');
    }
  }
  text = text.replaceAll(/^(?:>|&gt;) ?/gm, () => {
    markup.push('quote');
    return '';
  });
  for (const [pattern, kind] of marks) {
    text = text.replaceAll(pattern, (_, inside: string) => {
      markup.push(kind);
      return inside;
    });
  }
  markup.push(...emojiIn(text));
  return decode(text).replaceAll(
    /[\u{10f000}-\u{10ffff}]/gu,
    (placeholder) => controls[(placeholder.codePointAt(0) ?? 0) - FIRST_PLACEHOLDER]?.shown ?? placeholder,
  );
}

/** Reads `mrkdwn` as Slack shows it. `linksNames`: with `link_names` or `parse: full`, where bare names ping. */
export function readMrkdwn(raw: string, options: { readonly linksNames?: boolean } = {}): ReadText {
  const markup: string[] = [];
  const text = raw
    .split(/(```[\s\S]+?```|`[^`\n]+`)/)
    .map((part, index) => {
      if (index % 2 === 0) return readPart(part, markup, options.linksNames === true);
      markup.push(part.startsWith('```') ? 'pre' : 'code', ...controlsIn(part));
      return decode(part.replaceAll(/^`+|`+$/g, ''));
    })
    .join('');
  return { text, markup };
}
