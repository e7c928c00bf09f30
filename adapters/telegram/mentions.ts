import type { TelegramEntity } from './wire.ts';

/** Who we are, by `getMe`. */
export interface BotIdentity {
  readonly id: number;
  readonly username: string;
}

const textOf = (text: string, entity: TelegramEntity): string =>
  text.slice(entity.offset, entity.offset + entity.length);

function namesBot(text: string, entity: TelegramEntity, bot: BotIdentity): boolean {
  if (entity.type === 'text_mention') return entity.user?.id === bot.id;
  if (entity.type !== 'mention') return false;
  return textOf(text, entity).toLowerCase() === `@${bot.username.toLowerCase()}`;
}

export function mentionsBot(text: string, entities: readonly TelegramEntity[], bot: BotIdentity): boolean {
  return entities.some((entity) => namesBot(text, entity, bot));
}

/**
 * The text without the bot's mentions: at the start with the comma or colon behind it, elsewhere with one of the spaces
 * around it, so that no gap is left. Everything else stays as written.
 */
export function cutMentions(text: string, entities: readonly TelegramEntity[], bot: BotIdentity): string {
  const own = entities
    .filter((entity) => namesBot(text, entity, bot))
    .toSorted((a, b) => b.offset - a.offset);
  let rest = text;
  for (const entity of own) {
    const before = rest.slice(0, entity.offset);
    const after = rest.slice(entity.offset + entity.length);
    if (before.trim() === '') rest = after.replace(/^[,:]?\s+|^[,:]$/, '');
    else if (after.trim() === '') rest = before.trimEnd();
    else rest = /\s$/.test(before) && /^\s/.test(after) ? before + after.slice(1) : before + after;
  }
  return rest;
}

export interface WrittenCommand {
  /** Without the slash and without `@bot`. */
  readonly name: string;
  /** What follows it, trimmed. */
  readonly rest: string;
  /** False when it names another bot. */
  readonly isForUs: boolean;
}

/** The command that a message begins with, by Telegram's own reading of it. */
export function writtenCommand(
  text: string,
  entities: readonly TelegramEntity[],
  bot: BotIdentity,
): WrittenCommand | undefined {
  const entity = entities.find((candidate) => candidate.type === 'bot_command' && candidate.offset === 0);
  if (entity === undefined) return undefined;
  const match = /^\/([^@\s]+)(?:@(\S+))?$/.exec(textOf(text, entity));
  const name = match?.[1];
  if (name === undefined) return undefined;
  const addressee = match?.[2];
  return {
    name,
    rest: text.slice(entity.length).trim(),
    isForUs: addressee === undefined || addressee.toLowerCase() === bot.username.toLowerCase(),
  };
}
