import { joinPieces, type SaidPiece, type SaidWords } from '../../core/domain/said-words.ts';

/** What decoding needs to know of people. */
export interface TextNames {
  readonly botUserId: string;
  readonly displayNameOf: (userId: string) => string | undefined;
}

/** Stands for whoever has no name that we know. */
export const NAMELESS = 'Somebody';

/** Slack's markup in `text`: https://docs.slack.dev/messaging/formatting-message-text */
const token = /<([^<>]*)>/g;
const userToken = /^@([UW][A-Z0-9_]*)(?:\|(.*))?$/s;
const channelToken = /^#([A-Z][A-Z0-9_]*)(?:\|(.*))?$/s;
const specialToken = /^!([a-z_]+)(?:\^([^|]*))?(?:\|(.*))?$/s;
const linkToken = /^([a-z][a-z0-9+.-]*:[^|]+)(?:\|(.*))?$/is;
const linkScheme = /^[a-z][a-z0-9+.-]*:(?:\/\/)?/i;

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Slack escapes these three and nothing else. */
function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
}

const words = (text: string): SaidPiece => ({ kind: 'words', text });
const mentionOf = (name: string): SaidPiece => ({
  kind: 'other_mention',
  text: `@${name.replace(/^@/, '')}`,
});

/** The label where there is one; Slack leaves it out, or empty, as it pleases. */
const labelOf = (label: string | undefined): string | undefined =>
  label === undefined || label === '' ? undefined : decodeEntities(label);

/** An address that Slack made of words (`example.com`, `ada@example.com`) is those words again. */
function linkText(url: string, label: string | undefined): string {
  if (label === undefined || label === url) return url;
  const bare = url.replace(linkScheme, '');
  return bare === label || bare === `${label}/` ? label : `${label} (${url})`;
}

function specialPiece(name: string, parameter: string | undefined, label: string | undefined): SaidPiece {
  if (name === 'date') return words(label ?? '');
  if (name === 'subteam') return mentionOf(label ?? parameter ?? name);
  if (name === 'here' || name === 'channel' || name === 'everyone' || name === 'group')
    return mentionOf(name);
  return words(label ?? `@${name}`);
}

/** `undefined` where the brackets hold nothing of Slack's: then they are words. */
function pieceOf(inner: string, names: TextNames): SaidPiece | undefined {
  const user = userToken.exec(inner);
  if (user?.[1] !== undefined) {
    if (user[1] === names.botUserId) return { kind: 'own_mention', text: '' };
    return mentionOf(names.displayNameOf(user[1]) ?? labelOf(user[2]) ?? NAMELESS);
  }
  const channel = channelToken.exec(inner);
  if (channel?.[1] !== undefined) return words(`#${labelOf(channel[2]) ?? channel[1]}`);
  const special = specialToken.exec(inner);
  if (special?.[1] !== undefined) return specialPiece(special[1], special[2], labelOf(special[3]));
  const link = linkToken.exec(inner);
  if (link?.[1] !== undefined) return words(linkText(decodeEntities(link[1]), labelOf(link[2])));
  return undefined;
}

function piecesOf(raw: string, names: TextNames): readonly SaidPiece[] {
  const pieces: SaidPiece[] = [];
  let end = 0;
  for (const match of raw.matchAll(token)) {
    const piece = pieceOf(match[1] ?? '', names);
    if (piece === undefined) continue;
    if (match.index > end) pieces.push(words(decodeEntities(raw.slice(end, match.index))));
    pieces.push(piece);
    end = match.index + match[0].length;
  }
  if (end < raw.length) pieces.push(words(decodeEntities(raw.slice(end))));
  return pieces;
}

/** Turns Slack's `text` into the words that a person wrote. Total. */
export function decodeText(raw: string, names: TextNames): SaidWords {
  return joinPieces(piecesOf(raw, names));
}

/** The users whom a text mentions, each once, in order. */
export function mentionedUsers(raw: string): readonly string[] {
  const ids = [...raw.matchAll(token)].map((match) => userToken.exec(match[1] ?? '')?.[1]);
  return [...new Set(ids.filter((id) => id !== undefined))];
}
