import type { TelegramReaction } from './wire.ts';

const skinTones = /[\u{1F3FB}-\u{1F3FF}]/gu;
const variationSelectors = /\uFE0F/g;

/** A reaction's name as core knows it; `undefined` for paid and unknown kinds, which name no emoji. */
export function reactionName(reaction: TelegramReaction): string | undefined {
  if ('emoji' in reaction) {
    const name = reaction.emoji.replaceAll(skinTones, '').replaceAll(variationSelectors, '');
    return name === '' ? undefined : name;
  }
  return 'custom_emoji_id' in reaction ? `:${reaction.custom_emoji_id}:` : undefined;
}

const namesOf = (reactions: readonly TelegramReaction[]): ReadonlySet<string> =>
  new Set(reactions.map(reactionName).filter((name) => name !== undefined));

/** What changed between two whole sets of one person's reactions, withdrawals first. */
export function diffReactions(
  before: readonly TelegramReaction[],
  after: readonly TelegramReaction[],
): readonly { readonly change: 'withdrawn' | 'given'; readonly name: string }[] {
  const old = namesOf(before);
  const now = namesOf(after);
  return [
    ...[...old].filter((name) => !now.has(name)).map((name) => ({ change: 'withdrawn' as const, name })),
    ...[...now].filter((name) => !old.has(name)).map((name) => ({ change: 'given' as const, name })),
  ];
}
