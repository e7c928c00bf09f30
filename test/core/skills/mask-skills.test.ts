import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SkillScope, skillScopeKey } from '../../../core/domain/skill.ts';
import type { SkillLibrary } from '../../../core/skills/library.ts';
import { type Experiments, hypothesisKey, maskSkills } from '../../../core/skills/mask-skills.ts';
import { sampleSkill } from '../../fakes/skills/sample-skill.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import {
  annInTalk,
  byAnn,
  entry,
  forAnn,
  garden,
  inTalk,
  inTeam,
  libraryRig,
  piano,
  texted,
} from './library-rig.ts';

const experiments: Experiments = { key: 'secret', enabled: true, labelledTurnsLastMonth: () => 0 };
const { digest } = createSequentialIds();

/** Of a canary `garden-care` for the team beside an active `piano-lessons` for all. */
async function onTrial(given: Partial<Experiments> = {}): Promise<SkillLibrary> {
  const { library } = libraryRig([piano], { experiments: { ...experiments, ...given } });
  await library.reload();
  const { description, body } = garden;
  await library.change({
    cause: byAnn,
    entries: [texted('garden-care', { description, body }, inTeam, { state: 'canary' })],
  });
  return library;
}

const words = 'tomatoes in the garden, then piano scales';
const ask = (library: SkillLibrary, sessionId?: string) =>
  library.retrieve(words, annInTalk, sessionId === undefined ? {} : { sessionId });

function shareShown(library: SkillLibrary, name: string, sessions = 2_000): number {
  let shown = 0;
  for (let at = 0; at < sessions; at += 1) {
    if (ask(library, `s${at}`).shown.some((skill) => skill.name === name)) shown += 1;
  }
  return shown / sessions;
}

describe('masking', () => {
  test('shows a canary in half of the sessions, the same throughout each, and the place of a masked one stays empty', async () => {
    const library = await onTrial();
    let masked = 0;
    for (let at = 0; at < 200; at += 1) {
      const found = ask(library, `s${at}`);
      expect(found.chosen.map(({ skill }) => skill.name).toSorted()).toEqual([
        'garden-care',
        'piano-lessons',
      ]);
      expect([...found.shown, ...found.masked].map(({ name }) => name).toSorted()).toEqual([
        'garden-care',
        'piano-lessons',
      ]);
      for (let again = 0; again < 3; again += 1) expect(ask(library, `s${at}`)).toEqual(found);
      const isMasked = found.masked.length > 0;
      expect(found.block.includes('Water at dawn.')).toBe(!isMasked);
      expect(found.block).toContain('Start slowly.');
      for (const { name, propensity, trial, scope } of [...found.shown, ...found.masked]) {
        expect(propensity).toBe(name === 'garden-care' ? 0.5 : 1);
        expect(trial).toBe(1);
        expect(scope?.kind).toBe(name === 'garden-care' ? 'space' : 'global');
      }
      if (isMasked) masked += 1;
    }
    expect(masked).toBeGreaterThan(60);
    expect(masked).toBeLessThan(140);
    const share = shareShown(library, 'garden-care');
    // Four standard errors of 2,000 draws.
    expect(Math.abs(share - 0.5)).toBeLessThan(0.045);
  });

  test('masks a tenth of an active one where its own scope has feedback to spare', async () => {
    const busy = (scope: SkillScope): number => (scope.kind === 'global' ? 1_001 : 0);
    const library = await onTrial({ labelledTurnsLastMonth: busy });
    expect(Math.abs(shareShown(library, 'piano-lessons') - 0.9)).toBeLessThan(0.027);
    expect(ask(library, 's1').chosen).toHaveLength(2);
  });

  test('a busy space does not take a person’s own skills, or those of one conversation, from them', async () => {
    const library = await onTrial({ labelledTurnsLastMonth: () => 9_999 });
    await library.change({
      cause: byAnn,
      entries: [
        texted('own-tomatoes', { description: 'Tomatoes of Ann.' }, forAnn),
        texted('tomatoes-here', { description: 'Tomatoes in this talk.' }, inTalk),
      ],
    });
    expect(shareShown(library, 'own-tomatoes', 200)).toBe(1);
    expect(shareShown(library, 'tomatoes-here', 200)).toBe(1);
    expect(shareShown(library, 'piano-lessons', 200)).toBeLessThan(1);
  });

  test('masks nothing without a session, nor where the operator wants none, nor what is pinned', async () => {
    const library = await onTrial();
    for (const { propensity } of ask(library).shown) expect(propensity).toBe(1);
    expect(ask(library).masked).toEqual([]);
    expect(shareShown(await onTrial({ enabled: false }), 'garden-care', 100)).toBe(1);
    await library.change({
      cause: { kind: 'pin' },
      entries: [entry('garden-care', { isPinned: true }, inTeam)],
    });
    expect(shareShown(library, 'garden-care', 100)).toBe(1);
  });

  test('a change of something else leaves a session as it is, and a new trial draws anew', async () => {
    const library = await onTrial();
    const drawn = (): string =>
      Array.from({ length: 64 }, (_, at) => (ask(library, `s${at}`).masked.length === 0 ? 's' : 'm')).join(
        '',
      );
    const before = drawn();
    await library.change({ cause: byAnn, entries: [texted('unrelated', { description: 'Glaciers.' })] });
    expect(drawn()).toBe(before);
    await library.change({ cause: byAnn, entries: [entry('garden-care', { state: 'retired' }, inTeam)] });
    await library.change({ cause: byAnn, entries: [entry('garden-care', { state: 'canary' }, inTeam)] });
    expect(drawn()).not.toBe(before);
  });

  test('each chosen one is shown or masked, in order, for any skills and sessions', () => {
    let masked = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('canary', 'active'), fc.boolean(), fc.nat(3)), { maxLength: 6 }),
        fc.option(fc.string(), { nil: undefined }),
        (kinds, sessionId) => {
          const chosen = kinds.map(([state, isPinned, trial], at) => ({
            skill: sampleSkill(`skill-${at}`, {
              standing: { state, isProven: false, isPinned, maskedContexts: [], trial, since: 0 },
            }),
            score: 0.5,
            because: ['word'],
          }));
          const split = maskSkills(chosen, sessionId, experiments, digest);
          const order = chosen.map(({ skill }) => skill.name);
          expect(split.given.map(({ skill }) => skill.name)).toEqual(split.shown.map(({ name }) => name));
          expect(order.filter((name) => split.shown.some((one) => one.name === name))).toEqual(
            split.shown.map(({ name }) => name),
          );
          expect([...split.shown, ...split.masked].map(({ name }) => name).toSorted()).toEqual(
            order.toSorted(),
          );
          for (const { propensity } of split.masked) expect(propensity).toBe(0.5);
          masked += split.masked.length;
        },
      ),
    );
    expect(masked).toBeGreaterThan(20);
  });

  test('hypotheses differ by scope, name, version and trial', () => {
    const skill = sampleSkill('a');
    const others = [
      sampleSkill('b'),
      { ...skill, version: 2 },
      { ...skill, scope: forAnn },
      { ...skill, standing: { ...skill.standing, trial: 2 } },
    ];
    const keys = new Set([skill, ...others].map(hypothesisKey));
    expect(keys.size).toBe(5);
    expect(hypothesisKey(skill)).toContain(JSON.stringify(skillScopeKey(skill.scope)));
    expect(hypothesisKey({ ...skill, standing: { ...skill.standing, isPinned: true, since: 9 } })).toBe(
      hypothesisKey(skill),
    );
  });
});
