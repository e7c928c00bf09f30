import { joinPieces, type SaidPiece, type SaidWords } from '../../core/domain/said-words.ts';

/** What decoding needs to know; `undefined` for what is not known, which stays as it is written. */
export interface TextNames {
  readonly botUserId: string;
  readonly userName: (userId: string) => string | undefined;
  readonly roleName: (roleId: string) => string | undefined;
  /** Whether it is the role that Discord made for the bot. */
  readonly isBotRole: (roleId: string) => boolean;
  readonly channelName: (channelId: string) => string | undefined;
}

/** https://docs.discord.com/developers/reference#message-formatting */
const token =
  /<(?:@!?(?<user>\d{1,20})|@&(?<role>\d{1,20})|#(?<channel>\d{1,20})|a?:(?<emoji>\w{1,32}):\d{1,20}|t:(?<time>-?\d{1,11})(?::[a-zA-Z])?|\/(?<command>[^<>:/]{1,100}):\d{1,20})>/g;

const words = (text: string): SaidPiece => ({ kind: 'words', text });

/** `undefined` where nobody is known by that id. */
function mention(sign: string, name: string | undefined): SaidPiece | undefined {
  return name === undefined ? undefined : { kind: 'other_mention', text: sign + name };
}

function pieceOf(
  groups: Readonly<Record<string, string | undefined>>,
  names: TextNames,
): SaidPiece | undefined {
  const { user, role, channel, emoji, time, command } = groups;
  if (user !== undefined) {
    return user === names.botUserId ? { kind: 'own_mention', text: '' } : mention('@', names.userName(user));
  }
  if (role !== undefined) {
    return names.isBotRole(role) ? { kind: 'own_mention', text: '' } : mention('@', names.roleName(role));
  }
  if (channel !== undefined) {
    const name = names.channelName(channel);
    return name === undefined ? undefined : words(`#${name}`);
  }
  if (emoji !== undefined) return words(`:${emoji}:`);
  if (command !== undefined) return words(`/${command}`);
  return time === undefined ? undefined : words(momentText(Number(time)));
}

const momentText = (seconds: number): string =>
  `${new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function piecesOf(raw: string, names: TextNames): readonly SaidPiece[] {
  const pieces: SaidPiece[] = [];
  let end = 0;
  for (const match of raw.matchAll(token)) {
    const piece = pieceOf(match.groups ?? {}, names);
    if (piece === undefined) continue;
    if (match.index > end) pieces.push(words(raw.slice(end, match.index)));
    pieces.push(piece);
    end = match.index + match[0].length;
  }
  if (end < raw.length) pieces.push(words(raw.slice(end)));
  return pieces;
}

/** Turns the `content` of a message into the words that a person wrote. Total. */
export function decodeText(raw: string, names: TextNames): SaidWords {
  return joinPieces(piecesOf(raw, names));
}
