import { isSkillName, type Skill, type SkillName, type SkillText } from '../../../core/domain/skill.ts';

export function skillNamed(name: string): SkillName {
  if (!isSkillName(name)) throw new Error(`not a skill's name: ${name}`);
  return name;
}

export type SkillTextChanges = Partial<Omit<SkillText, 'name'>>;

/** A skill's text about nothing in particular. */
export function sampleText(name: string, changes: SkillTextChanges = {}): SkillText {
  return {
    name: skillNamed(name),
    description: `Use it for ${name}.`,
    triggers: [],
    body: `Do ${name} well.`,
    source: `skills/${name}/SKILL.md`,
    ...changes,
  };
}

/** The same as the library holds it. */
export function sampleSkill(name: string, changes: Partial<Omit<Skill, 'name'>> = {}): Skill {
  const skill = {
    ...sampleText(name),
    version: 1,
    contentHash: '',
    scope: { kind: 'global' },
    origin: { kind: 'files' },
    standing: { state: 'active', isProven: false, isPinned: false, maskedContexts: [], trial: 1, since: 0 },
    ...changes,
  } as const;
  return { ...skill, contentHash: JSON.stringify([name, skill.description, skill.triggers, skill.body]) };
}
