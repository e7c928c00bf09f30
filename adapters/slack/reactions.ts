import { emojiNames } from './emoji-names.ts';

const emojiByName: ReadonlyMap<string, string> = new Map(
  [...emojiNames].flatMap(([emoji, names]) => names.map((name) => [name, emoji] as const)),
);

const skinToneSuffix = /(?:::skin-tone-[2-6])+$/;

/**
 * A reaction as core knows it: the emoji of a short name with skin tones and variation selectors stripped, or `:name:`
 * for a workspace's own emoji and for names that we do not know. `undefined` for what cannot be a name.
 */
export function reactionName(shortName: string): string | undefined {
  const name = shortName.replaceAll(/^:|:$/g, '').replace(skinToneSuffix, '');
  if (name === '' || /[:\s]/.test(name)) return undefined;
  return emojiByName.get(name) ?? `:${name}:`;
}
