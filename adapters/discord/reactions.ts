import type { WireEmoji } from './wire.ts';

const skinTones = /[\u{1F3FB}-\u{1F3FF}]/gu;
const variationSelectors = /\uFE0F/g;
const customName = /^:(\w{2,32}:\d{1,20}):$/;

/**
 * A reaction as core knows it: the emoji with skin tones and variation selectors stripped, or `:name:` for a server's
 * own, which is its id where it has no name any more. `undefined` for what names nothing.
 */
export function reactionName({ id, name }: WireEmoji): string | undefined {
  if (typeof id === 'string') return `:${name === null || name === undefined || name === '' ? id : name}:`;
  const emoji = (name ?? '').replaceAll(skinTones, '').replaceAll(variationSelectors, '');
  return emoji === '' || /[\s:]/.test(emoji) ? undefined : emoji;
}

/** Discord knows emoji that are shown as text by default with the selector that makes them pictures. */
const fullyQualified = (emoji: string): string =>
  emoji
    .replaceAll(variationSelectors, '')
    .replaceAll(/(?!\p{Emoji_Presentation})\p{Emoji}(?![\u{1F3FB}-\u{1F3FF}])/gu, '$&\uFE0F');

/**
 * The part of an address that names a reaction: an emoji, or `:name:id:` for a server's own, which Discord takes by name
 * and id only. `undefined` for what is neither.
 */
export function reactionPath(emoji: string): string | undefined {
  const custom = customName.exec(emoji)?.[1];
  if (custom !== undefined) return encodeURIComponent(custom);
  if (!emoji.isWellFormed() || !/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(emoji))
    return undefined;
  return /[\s:/]/.test(emoji) ? undefined : encodeURIComponent(fullyQualified(emoji));
}
