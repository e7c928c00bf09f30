import type { WireEmoji } from './wire.ts';

const skinTones = /[\u{1F3FB}-\u{1F3FF}]/gu;
const variationSelectors = /\uFE0F/g;

/** By what a server's own emoji is told apart: it can be renamed. `undefined` for an emoji of everybody's. */
export const reactionKey = ({ id }: WireEmoji): string | undefined =>
  typeof id === 'string' ? `:${id}:` : undefined;

/**
 * A reaction as core knows it: the emoji with skin tones and variation selectors stripped, or `:name:` for a server's
 * own, which is its id where it has no name any more. `undefined` for what names nothing.
 */
export function reactionName({ id, name }: WireEmoji): string | undefined {
  if (typeof id === 'string') return `:${name === null || name === undefined || name === '' ? id : name}:`;
  const emoji = (name ?? '').replaceAll(skinTones, '').replaceAll(variationSelectors, '');
  return emoji === '' || /[\s:]/.test(emoji) ? undefined : emoji;
}
