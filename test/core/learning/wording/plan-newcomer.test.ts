import { describe, expect, test } from 'vitest';
import { turnId } from '../../../../core/domain/ids.ts';
import { beginSearch } from '../../../../core/learning/wording/begin-search.ts';
import { componentsOf, planMerge, planMutation } from '../../../../core/learning/wording/plan-newcomer.ts';
import { gatherRated } from '../../../../core/learning/wording/rated-turns.ts';
import type { Member, SearchState, Trial } from '../../../../core/learning/wording/search-state.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { createWorld, kitchenTurns, persona, runOf, scope, skill, unitRules } from './wording-world.ts';

const flour = skill('flour', 'Weigh it.');
const rare = skill('rare', 'Seldom.');
const plans = kitchenTurns().map((plan, index) => ({
  ...plan,
  skills: [...(index % 2 === 0 ? [flour] : []), ...(index === 7 ? [rare] : [])],
}));
const ids = createSequentialIds();
const { turns: rated } = await gatherRated(scope, createWorld(plans, unitRules).deps);
const turns = new Map(rated.map((one) => [one.turn.turnId, one] as const));
const begun = beginSearch(runOf(1), rated, 400, ids);
const train = begun.train.map(({ turnId: id }) => id);

const trialsBy = (scoreOf: (place: number) => number): Readonly<Record<string, Trial>> =>
  Object.fromEntries(train.map((id, place) => [id, { score: scoreOf(place), answer: 'x' }] as const));
const member = (component: string, text: string, scoreOf: (place: number) => number): Member => ({
  changes: [{ component, text, why: 'So.', from: [turnId('t1')] }],
  trials: trialsBy(scoreOf),
});
const stateWith = (pool: readonly Member[], draws = 1): SearchState => ({ ...begun, pool, draws });
const present: Member = { changes: [], trials: trialsBy(() => 5) };
const components = componentsOf({ text: persona, configured: persona }, rated, true);

describe('the next newcomer', () => {
  test('rewords the persona, or a skill that several turns were given, by turns that it stood in', () => {
    expect(components.map(({ kind, text }) => [kind, text])).toEqual([
      ['persona', persona],
      ['skill', flour.body],
    ]);
    const kinds = new Set<string>();
    for (let draws = 0; draws < 60; draws += 1) {
      const plan = planMutation(stateWith([present], draws), turns, components);
      kinds.add(plan?.component.kind ?? '');
      expect(plan?.parent).toBe(0);
      expect(plan?.batch).toHaveLength(3);
      expect(new Set(plan?.batch).size).toBe(3);
      const stood = (plan?.batch ?? []).every((id) => turns.get(id)?.skills.includes(flour));
      if (plan?.component.kind === 'skill') expect(stood).toBe(true);
    }
    expect([...kinds].toSorted()).toEqual(['persona', 'skill']);
  });

  test('draws parents in proportion to the turns that they lead', () => {
    const best = member('persona', 'Better.', (place) => (place < 3 ? 1 : 9));
    let times = 0;
    for (let draws = 0; draws < 400; draws += 1) {
      if (planMutation(stateWith([present, best], draws * 7_919), turns, components)?.parent === 1)
        times += 1;
    }
    expect(times / 400).toBeCloseTo((train.length - 3) / train.length, 1);
  });

  test('goes by turns that did badly more often, and is none where all did best', () => {
    const uneven: Member = { changes: [], trials: trialsBy((place) => (place === 0 ? 0 : 10)) };
    let times = 0;
    for (let draws = 0; draws < 100; draws += 1) {
      const batch = planMutation(stateWith([uneven], draws * 7_919), turns, components)?.batch ?? [];
      if (batch.includes(train[0] ?? turnId('none'))) times += 1;
    }
    expect(times).toBeGreaterThan(70);
    const perfect: Member = { changes: [], trials: trialsBy(() => 10) };
    expect(planMutation(stateWith([perfect]), turns, components)).toBeUndefined();
  });

  test('crosses two that changed different texts, each crossing once, five at most', () => {
    const one = member('persona', 'A.', (place) => (place % 2 === 0 ? 9 : 1));
    const key = components[1]?.key ?? '';
    const other = member(key, 'B.', (place) => (place % 2 === 0 ? 1 : 9));
    const state = stateWith([present, one, other]);
    const plan = planMerge(state, turns, ids.digest);
    expect(plan?.parents).toEqual([1, 2]);
    expect(plan?.changes.map(({ text }) => text).toSorted()).toEqual(['A.', 'B.']);
    expect(plan?.batch).toHaveLength(3);
    const digest = ids.digest(JSON.stringify(plan?.changes.map(({ component, text }) => [component, text])));
    expect(planMerge({ ...state, tried: [{ digest }] }, turns, ids.digest)).toBeUndefined();
    expect(planMerge({ ...state, merges: 5 }, turns, ids.digest)).toBeUndefined();
    expect(planMerge(stateWith([present, one]), turns, ids.digest)).toBeUndefined();
  });
});
