import { stringify } from 'yaml';
import type { SkillText } from '../../core/domain/skill.ts';

const encoder = new TextEncoder();

/** What the format takes is one line with commas; a phrase that holds a comma itself needs a list. */
function writtenTriggers(triggers: readonly string[]): string | readonly string[] {
  return triggers.some((phrase) => phrase.includes(',')) ? triggers : triggers.join(', ');
}

/** The SKILL.md of a skill's text. Reading it gives the same name, description, triggers and body. */
export function renderSkillFile({ name, description, triggers, body }: SkillText): Uint8Array {
  const keys = {
    name: String(name),
    description,
    ...(triggers.length === 0 ? {} : { metadata: { triggers: writtenTriggers(triggers) } }),
  };
  const front = stringify(keys, { lineWidth: 0, aliasDuplicateObjects: false });
  return encoder.encode(`---\n${front}---\n\n${body}\n`);
}
