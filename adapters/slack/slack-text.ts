/** What decoding needs to know of people. */
export interface TextNames {
  readonly botUserId: string;
  readonly displayNameOf: (userId: string) => string | undefined;
}

export interface DecodedText {
  /** Plain words: escapes decoded, mentions and links spelt out, the bot's own mentions cut out. */
  readonly text: string;
  readonly mentionsBot: boolean;
  /** The first thing said is a mention, and not of the bot. */
  readonly beginsWithOther: boolean;
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

interface Piece {
  readonly kind: 'words' | 'own_mention' | 'other_mention';
  readonly text: string;
}

const words = (text: string): Piece => ({ kind: 'words', text });
const mentionOf = (name: string): Piece => ({ kind: 'other_mention', text: `@${name.replace(/^@/, '')}` });

/** The label where there is one; Slack leaves it out, or empty, as it pleases. */
const labelOf = (label: string | undefined): string | undefined =>
  label === undefined || label === '' ? undefined : decodeEntities(label);

/** An address that Slack made of words (`example.com`, `ada@example.com`) is those words again. */
function linkText(url: string, label: string | undefined): string {
  if (label === undefined || label === url) return url;
  const bare = url.replace(linkScheme, '');
  return bare === label || bare === `${label}/` ? label : `${label} (${url})`;
}

function specialPiece(name: string, parameter: string | undefined, label: string | undefined): Piece {
  if (name === 'date') return words(label ?? '');
  if (name === 'subteam') return mentionOf(label ?? parameter ?? name);
  if (name === 'here' || name === 'channel' || name === 'everyone' || name === 'group')
    return mentionOf(name);
  return words(label ?? `@${name}`);
}

/** `undefined` where the brackets hold nothing of Slack's: then they are words. */
function pieceOf(inner: string, names: TextNames): Piece | undefined {
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

function piecesOf(raw: string, names: TextNames): readonly Piece[] {
  const pieces: Piece[] = [];
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

/**
 * Takes something out of a text where `before` and `after` meet: at the start with the comma or colon behind it,
 * elsewhere with one of the spaces around it, so that no gap is left. Everything else stays as written.
 */
function closeGap(before: string, after: string): string {
  if (before.trim() === '') return after.replace(/^[,:]?\s+|^[,:]$/, '');
  if (after.trim() === '') return before.trimEnd();
  if (!/\s$/.test(before)) return before + after;
  if (/^\s/.test(after)) return before + after.slice(1);
  return /^[,.;:!?)]/.test(after) ? before.slice(0, -1) + after : before + after;
}

/** Turns Slack's `text` into the words that a person wrote. Total. */
export function decodeText(raw: string, names: TextNames): DecodedText {
  const pieces = piecesOf(raw, names);
  const first = pieces.find((piece) => piece.kind !== 'words' || piece.text.trim() !== '');
  const runs: string[] = [''];
  for (const piece of pieces) {
    if (piece.kind === 'own_mention') runs.push('');
    else runs[runs.length - 1] += piece.text;
  }
  return {
    text: runs.reduceRight((after, before) => closeGap(before, after)),
    mentionsBot: runs.length > 1,
    beginsWithOther: first?.kind === 'other_mention',
  };
}

/** The users whom a text mentions, each once, in order. */
export function mentionedUsers(raw: string): readonly string[] {
  const ids = [...raw.matchAll(token)].map((match) => userToken.exec(match[1] ?? '')?.[1]);
  return [...new Set(ids.filter((id) => id !== undefined))];
}
