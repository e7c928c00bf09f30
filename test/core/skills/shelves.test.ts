import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import { type Skill, type SkillScope, skillScopeKey } from '../../../core/domain/skill.ts';
import type { SkillAudience } from '../../../core/skills/audience.ts';
import { queryTerms } from '../../../core/skills/query-terms.ts';
import { selectSkills } from '../../../core/skills/select-skills.ts';
import { createShelves, type HiddenName, type Shelves } from '../../../core/skills/shelves.ts';
import { createSkillIndex } from '../../../core/skills/skill-index.ts';
import { sampleSkill, skillNamed } from '../../fakes/skills/sample-skill.ts';

const spaces = ['one', 'two'] as const;
const people = ['ann', 'bob'] as const;
const places = ['here', 'there'] as const;
const names = ['alpha', 'beta', 'gamma'] as const;
const vocabulary = 'invoice ledger tomato garden rocket engine piano violin glacier harbour'.split(' ');

const keyOf = (space: string, place: string) =>
  encodeConversationKey({
    platform: 'web',
    spaceId: spaceId('web', space),
    audience: 'group',
    channelId: place,
  });

const spaceScope = (space: string) =>
  ({ kind: 'space', platform: 'web', spaceId: spaceId('web', space) }) as const;

const scopes: readonly SkillScope[] = [
  { kind: 'global' },
  ...spaces.flatMap((space) => [
    spaceScope(space),
    ...places.map(
      (place) =>
        ({
          ...spaceScope(space),
          kind: 'conversation',
          conversationKey: keyOf(space, place),
        }) as const,
    ),
    ...people.map(
      (person) => ({ ...spaceScope(space), kind: 'user', personId: personId('web', person) }) as const,
    ),
  ]),
];

const anyAudience: fc.Arbitrary<SkillAudience | undefined> = fc.option(
  fc
    .record({
      space: fc.constantFrom(...spaces),
      place: fc.option(fc.constantFrom(...places), { nil: undefined }),
      person: fc.option(fc.constantFrom(...people), { nil: undefined }),
      isShared: fc.boolean(),
    })
    .map(({ space, place, person, isShared }) => ({
      platform: 'web',
      spaceId: spaceId('web', space),
      isShared,
      ...(place === undefined ? {} : { conversationKey: keyOf(space, place) }),
      ...(person === undefined ? {} : { personId: personId('web', person) }),
    })),
  { nil: undefined },
);

interface Content {
  readonly skills: readonly Skill[];
  readonly hidden: readonly HiddenName[];
}

const anyEntry = fc.record({
  scope: fc.constantFrom(...scopes),
  name: fc.constantFrom(...names),
  words: fc.array(fc.constantFrom(...vocabulary), { minLength: 1, maxLength: 4 }),
  kind: fc.constantFrom('open', 'open', 'private', 'hidden'),
});

const anyContent: fc.Arbitrary<Content> = fc
  .uniqueArray(anyEntry, {
    maxLength: 25,
    selector: ({ scope, name }) => `${skillScopeKey(scope)} ${name}`,
  })
  .map((entries) => ({
    skills: entries
      .filter(({ kind }) => kind !== 'hidden')
      .map(({ scope, name, words, kind }) =>
        sampleSkill(name, {
          scope,
          description: words.join(' '),
          ...(kind === 'private'
            ? { learnedFrom: { platforms: ['web'], authors: [], isPrivate: true } as const }
            : {}),
        }),
      ),
    hidden: entries
      .filter(({ kind }) => kind === 'hidden')
      .map(({ scope, name }) => ({ scope, name: skillNamed(name) })),
  }));

function filled({ skills, hidden }: Content): Shelves {
  const shelves = createShelves();
  shelves.replaceAll(skills, hidden);
  return shelves;
}

/** Says by itself, scope by scope, what a name means for an audience. */
function expected(
  name: string,
  { skills, hidden }: Content,
  audience: SkillAudience | undefined,
): Skill | undefined {
  const { platform, spaceId: space, personId: person, conversationKey } = audience ?? {};
  const isMine = (scope: SkillScope): boolean => {
    if (scope.kind === 'global') return true;
    if (scope.platform !== platform || scope.spaceId !== space) return false;
    if (scope.kind === 'space') return true;
    return scope.kind === 'user' ? scope.personId === person : scope.conversationKey === conversationKey;
  };
  const isFit = ({ learnedFrom }: Skill): boolean =>
    learnedFrom?.isPrivate !== true || audience?.isShared === false;
  for (const kind of ['user', 'conversation', 'space', 'global']) {
    const own = ({ scope, name: other }: HiddenName): boolean =>
      other === name && scope.kind === kind && isMine(scope);
    if (hidden.some(own)) return undefined;
    const skill = skills.find((one) => own(one) && isFit(one));
    if (skill !== undefined) return skill;
  }
  return undefined;
}

const words = queryTerms(vocabulary.join(' '));

describe('who sees what', () => {
  test('the narrowest of a name that an audience may see, and nothing of other spaces, people and talks', () => {
    let seen = 0;
    let withheld = 0;
    fc.assert(
      fc.property(anyContent, anyAudience, (content, audience) => {
        const shelves = filled(content);
        const wanted = names.flatMap((name) => expected(name, content, audience) ?? []);
        expect(shelves.visible(audience)).toEqual(wanted);
        for (const name of names) {
          expect(shelves.get(name, audience)).toBe(expected(name, content, audience));
        }
        const found = shelves.find(words, 10, audience).map(({ skill }) => skill);
        expect(found.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(wanted);
        if (audience?.isShared !== false) {
          for (const { learnedFrom } of found) expect(learnedFrom?.isPrivate).toBeUndefined();
          withheld += content.skills.filter(({ learnedFrom }) => learnedFrom?.isPrivate).length;
        }
        seen += found.length;
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(100);
    expect(withheld).toBeGreaterThan(100);
  });

  test('what is passed over by its score changes nothing that is chosen', () => {
    let kept = 0;
    let passedOver = 0;
    fc.assert(
      fc.property(
        anyContent,
        anyAudience,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (content, audience, floor) => {
          const some = queryTerms('invoice garden piano');
          const shelves = filled(content);
          const all = shelves.find(some, 10, audience);
          const enough = shelves.find(some, 10, audience, { leastScore: floor });
          expect(enough).toEqual(all.filter(({ score }) => score >= floor));
          const limits = { topK: 3, budgetTokens: 500, floor };
          expect(selectSkills(enough, limits).chosen).toEqual(selectSkills(all, limits).chosen);
          kept += enough.length;
          passedOver += all.length - enough.length;
        },
      ),
      { numRuns: 1_000 },
    );
    expect(kept).toBeGreaterThan(20);
    expect(passedOver).toBeGreaterThan(20);
  });

  test('each scope is ranked by its own words alone', () => {
    fc.assert(
      fc.property(anyContent, anyAudience, (content, audience) => {
        const some = queryTerms('invoice garden piano');
        for (const { skill, score } of filled(content).find(some, 10, audience)) {
          const alone = createSkillIndex();
          const scope = skillScopeKey(skill.scope);
          for (const one of content.skills) if (skillScopeKey(one.scope) === scope) alone.put(one);
          expect(alone.find(some, 99).find(({ name }) => name === skill.name)?.score).toBe(score);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('changes', () => {
  test('after any contents one after another it answers as if made anew', () => {
    fc.assert(
      fc.property(
        fc.array(anyContent, { maxLength: 5 }),
        anyContent,
        anyAudience,
        (before, last, audience) => {
          const shelves = createShelves();
          for (const { skills, hidden } of before) {
            shelves.replaceAll(skills, hidden);
            shelves.find(words, 3, audience);
          }
          shelves.replaceAll(last.skills, last.hidden);
          const fresh = filled(last);
          expect(shelves.find(words, 10, audience)).toEqual(fresh.find(words, 10, audience));
          expect(shelves.visible(audience)).toEqual(fresh.visible(audience));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a trial look sees the slots, and nothing of it stays, also where the look fails', () => {
    fc.assert(
      fc.property(anyContent, anyContent, anyAudience, (content, other, audience) => {
        const shelves = filled(content);
        const before = [shelves.visible(audience), shelves.find(words, 10, audience)];
        const slots = [
          ...content.skills.map(({ scope, name }) => ({ scope, name, holds: undefined })),
          ...content.hidden.map(({ scope, name }) => ({ scope, name, holds: undefined })),
          ...other.skills.map((skill) => ({ scope: skill.scope, name: skill.name, holds: skill })),
          ...other.hidden.map(({ scope, name }) => ({ scope, name, holds: 'hidden' as const })),
        ];
        const look = (): readonly unknown[] => [shelves.visible(audience), shelves.find(words, 10, audience)];
        expect(shelves.trying(slots, look)).toEqual([
          filled(other).visible(audience),
          filled(other).find(words, 10, audience),
        ]);
        expect(look()).toEqual(before);
        const fails = (): void => {
          throw new Error('stop');
        };
        expect(() => shelves.trying(slots, fails)).toThrow('stop');
        expect(look()).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  test('says what came, changed and went, with the scope where it is not global', () => {
    const shelves = createShelves();
    const scope = spaceScope('one');
    shelves.replaceAll([sampleSkill('alpha'), sampleSkill('beta', { scope })]);
    const report = shelves.replaceAll([sampleSkill('alpha', { body: 'New.' }), sampleSkill('gamma')]);
    const key = skillScopeKey(scope);
    expect(report).toEqual({ added: ['gamma'], updated: ['alpha'], removed: [`${key} beta`] });
  });
});

describe('many', () => {
  const personal = (at: number): SkillScope => ({
    ...spaceScope('one'),
    kind: 'user',
    personId: personId('web', `p${at}`),
  });
  const audienceOf = (at: number): SkillAudience => ({
    platform: 'web',
    spaceId: spaceId('web', 'one'),
    personId: personId('web', `p${at}`),
    isShared: true,
  });

  test('thousands of people are each given their own, however many were asked in between', () => {
    const shelves = createShelves();
    shelves.replaceAll(
      Array.from({ length: 2_000 }, (_, at) =>
        sampleSkill('habit', { scope: personal(at), description: `About harbour ${at}.` }),
      ),
    );
    for (const round of [0, 1]) {
      for (let at = 0; at < 2_000; at += 1) {
        const [found] = shelves.find(queryTerms('harbour'), 5, audienceOf(at));
        expect([round, found?.skill.description]).toEqual([round, `About harbour ${at}.`]);
      }
    }
  });

  test('however many a narrower scope hides, the limit is filled from the wider one', () => {
    const skills = Array.from({ length: 300 }, (_, at) =>
      sampleSkill(`skill-${String(at).padStart(3, '0')}`, { description: 'harbour' }),
    );
    const hidden = skills
      .slice(0, 295)
      .map(({ name }) => ({ scope: spaceScope('one'), name: skillNamed(name) }));
    const shelves = createShelves();
    shelves.replaceAll(skills, hidden);
    const audience = { platform: 'web', spaceId: spaceId('web', 'one'), isShared: true } as const;
    const found = shelves.find(queryTerms('harbour'), 4, audience).map(({ skill }) => skill.name);
    expect(found).toEqual(['skill-295', 'skill-296', 'skill-297', 'skill-298']);
  });
});
