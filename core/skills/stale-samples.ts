import type { TurnId } from '../domain/ids.ts';
import { type ShownSkill, type SkillScope, skillSlotKey } from '../domain/skill.ts';
import type { SampleStore, WaitingSample } from '../ports/sample-store.ts';
import { audienceOfTurn, reaches } from './audience.ts';

type Recorded = Pick<ShownSkill, 'name' | 'version' | 'scope'>;

const everywhere: SkillScope = { kind: 'global' };

/** One version of one name in one scope, as a turn records it. */
export function givenKey({ name, version, scope = everywhere }: Recorded): string {
  return `${skillSlotKey({ scope, name })} ${version}`;
}

/** Whether a turn's words led to these very skills, shown or masked. What its session carried along is not asked for. */
export function wasGiven(
  { skills, maskedSkills }: Pick<WaitingSample, 'skills' | 'maskedSkills'>,
  found: readonly Recorded[],
): boolean {
  const own = skills.filter(({ isCarried }) => isCarried !== true);
  const recorded = new Set([...own, ...maskedSkills].map(givenKey));
  return recorded.size === found.length && found.every((skill) => recorded.has(givenKey(skill)));
}

export interface SampleSearch {
  readonly samples: Pick<SampleStore, 'waiting'>;
  /** Before the change. */
  readonly generation: number;
  /** Of the entries that change; turns elsewhere are not looked at. */
  readonly scopes: readonly SkillScope[];
  /** How many samples are looked at in one go. */
  readonly atOnce: number;
  /** Which of these would be given other skills. Synchronous: what it looks through is not there for anybody else. */
  readonly differing: (samples: readonly WaitingSample[]) => readonly WaitingSample[];
  readonly yieldNow: () => Promise<void>;
}

/** The waiting samples that a change drops. Rejects as the store does. */
export async function samplesToDrop(search: SampleSearch): Promise<readonly TurnId[]> {
  const { samples, generation, scopes, atOnce, differing, yieldNow } = search;
  const found: TurnId[] = [];
  if (scopes.length === 0) return found;
  for (let after = ''; ; ) {
    const page = await samples.waiting(generation, after, atOnce);
    const reached = page.filter((sample) => {
      const audience = audienceOfTurn(sample);
      return scopes.some((scope) => reaches(scope, audience));
    });
    if (reached.length > 0) found.push(...differing(reached).map(({ turnId }) => turnId));
    const last = page.at(-1);
    // A shorter page is not the last one: rows that cannot be read are left out.
    if (last === undefined) return found;
    after = last.turnId;
    await yieldNow();
  }
}
