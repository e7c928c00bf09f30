import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentUses } from '../../../core/domain/content-use.ts';
import { personId, unknownAuthor } from '../../../core/domain/ids.ts';
import type { SkillProvenance } from '../../../core/domain/skill.ts';
import {
  type ContentPolicy,
  mayUse,
  type Provenance,
  provenanceOf,
  usesOf,
} from '../../../core/feedback/content-door.ts';
import { sampleTurn } from '../../contract/store-samples.ts';
import { openPlatform, platformPolicy } from '../../fakes/feedback/platform-policies.ts';

const policy: ContentPolicy = new Map([
  ['open', openPlatform()],
  ['off', platformPolicy('setting', [])],
  ['asking', platformPolicy('consent')],
  ['closed', platformPolicy('never')],
]);
const nobody = (): boolean => false;
const everybody = (): boolean => true;
const ann = personId('open', 'ann');

function from(platform: string, changes: Partial<Provenance> = {}): Provenance {
  return { platform, authors: [personId(platform, 'ann')], skills: [], ...changes };
}
const learnedOn = (platform: string, authors: readonly string[] = []): SkillProvenance => ({
  platforms: [platform],
  authors: authors.map((author) => personId(platform, author)),
});

describe('the door', () => {
  test.each(contentUses)('%s: as the terms and the operator say', (use) => {
    expect(mayUse(use, from('open'), policy, nobody)).toEqual({ allowed: true });
    const refused = (reason: string, platform: string) => ({ allowed: false, reason, platform });
    expect(mayUse(use, from('off'), policy, everybody)).toEqual(refused('operator_off', 'off'));
    expect(mayUse(use, from('closed'), policy, everybody)).toEqual(refused('terms', 'closed'));
    expect(mayUse(use, from('asking'), policy, nobody)).toEqual(refused('no_consent', 'asking'));
    expect(mayUse(use, from('asking'), policy, everybody)).toEqual({ allowed: true });
    expect(mayUse(use, from('elsewhere'), policy, everybody)).toEqual(refused('terms', 'elsewhere'));
  });

  test('takes the whole prompt: one author who has not agreed keeps it out', () => {
    const [asker, other] = [personId('asking', 'ann'), personId('asking', 'bob')];
    const whole = from('asking', { authors: [asker, other] });
    const agreed =
      (...people: readonly string[]) =>
      (author: string) =>
        people.includes(author);
    expect(mayUse('train_local', whole, policy, agreed(asker, other))).toEqual({ allowed: true });
    expect(mayUse('train_local', whole, policy, agreed(asker))).toMatchObject({ reason: 'no_consent' });
    expect(mayUse('train_local', whole, policy, agreed(other))).toMatchObject({ reason: 'no_consent' });
  });

  test('consent is for one use', () => {
    const onlyExport = (_: string, use: string) => use === 'export';
    expect(mayUse('export', from('asking'), policy, onlyExport)).toEqual({ allowed: true });
    expect(mayUse('train_local', from('asking'), policy, onlyExport)).toMatchObject({ reason: 'no_consent' });
  });

  test('where the operator has it off nobody’s consent opens it', () => {
    const asking: ContentPolicy = new Map([['asking', platformPolicy('consent', ['judge'])]]);
    expect(mayUse('judge', from('asking'), asking, everybody)).toEqual({ allowed: true });
    expect(mayUse('export', from('asking'), asking, everybody)).toMatchObject({ reason: 'operator_off' });
  });

  test('an author of another platform brings that platform’s terms along', () => {
    const mixed = from('open', { authors: [ann, personId('closed', 'eve')] });
    expect(mayUse('train_local', mixed, policy, everybody)).toMatchObject({
      reason: 'terms',
      platform: 'closed',
    });
  });

  test('whom the platform does not name has not agreed', () => {
    const quoted = from('asking', { authors: [personId('asking', 'ann'), unknownAuthor('asking')] });
    const named = (author: string): boolean => author !== unknownAuthor('asking');
    expect(mayUse('export', quoted, policy, named)).toMatchObject({ reason: 'no_consent' });
  });

  test('where consent is asked for and nobody is named, nobody can have agreed', () => {
    expect(mayUse('export', from('asking', { authors: [] }), policy, everybody)).toMatchObject({
      reason: 'no_consent',
    });
  });

  test('a skill carries where it was learned: a prompt with one taints the whole', () => {
    const shown = (...skills: SkillProvenance[]) => from('open', { skills });
    expect(mayUse('train_local', shown(learnedOn('open')), policy, nobody)).toEqual({ allowed: true });
    for (const skill of [learnedOn('closed'), learnedOn('off'), learnedOn('asking', ['bob'])]) {
      expect(mayUse('train_local', shown(learnedOn('open'), skill), policy, nobody)).toEqual({
        allowed: false,
        reason: 'tainted_skill',
        platform: skill.platforms[0],
      });
    }
    expect(mayUse('export', shown(learnedOn('asking', ['bob'])), policy, everybody)).toEqual({
      allowed: true,
    });
    expect(mayUse('export', shown(learnedOn('asking')), policy, everybody)).toMatchObject({
      reason: 'tainted_skill',
    });
  });

  test('more in the prompt never opens a door that was shut', () => {
    const platforms = [...policy.keys()];
    const author = fc.constantFrom(...platforms).map((platform) => personId(platform, 'p'));
    const skill = fc.constantFrom(...platforms).map((platform) => learnedOn(platform, ['q']));
    fc.assert(
      fc.property(
        fc.constantFrom(...contentUses),
        fc.constantFrom(...platforms),
        fc.array(author, { minLength: 1 }),
        fc.array(skill),
        fc.array(author),
        fc.array(skill),
        (use, platform, authors, skills, moreAuthors, moreSkills) => {
          const less = mayUse(use, { platform, authors, skills }, policy, nobody);
          const more = mayUse(
            use,
            { platform, authors: [...authors, ...moreAuthors], skills: [...skills, ...moreSkills] },
            policy,
            nobody,
          );
          if (more.allowed) expect(less.allowed).toBe(true);
        },
      ),
    );
  });

  test('a turn’s provenance holds asker, prompt authors, hint authors once each, and its learned skills', () => {
    const [shipped] = sampleTurn('t').skills;
    const learned = learnedOn('closed', ['eve']);
    const turn = {
      ...sampleTurn('t'),
      promptAuthors: [ann],
      skills: shipped === undefined ? [] : [shipped, { ...shipped, learnedFrom: learned }],
    };
    const bob = personId('web', 'bob');
    expect(provenanceOf(turn, [bob, ann])).toEqual({
      platform: 'web',
      authors: [turn.askerId, ann, bob],
      skills: [learned],
    });
  });

  test('tells for /privacy what is on where', () => {
    expect(usesOf('off', policy)).toEqual(contentUses.map((use) => ({ use, term: 'setting', isOn: false })));
    expect(usesOf('asking', policy)[0]).toEqual({ use: 'judge', term: 'consent', isOn: true });
    expect(usesOf('closed', policy).some(({ isOn }) => isOn)).toBe(false);
    expect(usesOf('elsewhere', policy)).toEqual(
      contentUses.map((use) => ({ use, term: 'never', isOn: false })),
    );
  });
});
