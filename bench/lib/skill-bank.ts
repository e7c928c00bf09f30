import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

const descriptionWords = 40;
const bodyWords = 120;
const fragmentWords = 8;

export interface SkillBank {
  readonly folder: string;
  /** Messages as people write them, each about one of the skills. */
  readonly messages: readonly string[];
}

function someText(prose: readonly string[], count: number, random: SeededRandom): string {
  const words: string[] = [];
  while (words.length < count) {
    const from = random.below(prose.length - fragmentWords);
    words.push(...prose.slice(from, from + fragmentWords));
  }
  return words.slice(0, count).join(' ');
}

/** Writes `count` skills as `SKILL.md` files of their own; the same for the same prose. */
export function writeSkillBank(folder: string, prose: readonly string[], count: number): SkillBank {
  const random = createSeededRandom(count);
  const short = prose.filter((word) => /^[a-z]{5,15}$/.test(word));
  const descriptions: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const name = `${random.pick(short)}-${random.pick(short)}-${at}`;
    const description = someText(prose, descriptionWords, random);
    descriptions.push(description);
    mkdirSync(join(folder, name), { recursive: true });
    const body = someText(prose, bodyWords, random);
    const text = `---\nname: ${name}\ndescription: ${JSON.stringify(description)}\n---\n${body}\n`;
    writeFileSync(join(folder, name, 'SKILL.md'), text);
  }
  const messages = Array.from({ length: 200 }, () => {
    const words = random.pick(descriptions).split(' ');
    const from = random.below(words.length - fragmentWords);
    return `Could you please help me with this: ${words.slice(from, from + fragmentWords).join(' ')}? Thanks a lot.`;
  });
  return { folder, messages };
}
