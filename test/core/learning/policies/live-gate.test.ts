import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../../core/domain/conversation.ts';
import { personId, sessionId, turnId } from '../../../../core/domain/ids.ts';
import { liveFinding } from '../../../../core/learning/policies/live-evidence.ts';
import { mostOutcomes, outcomesIn } from '../../../../core/learning/policies/outcome-pages.ts';
import type { PolicyOutcome } from '../../../../core/ports/policy-store.ts';
import { outcomeDraw, threeErrors, uniformFrom } from '../../skills/proof/simulate.ts';
import { createMemoryPolicies } from './memory-policies.ts';
import { createRig, DAY_MS, operator, type PolicyRig, signal, talk, wholeSpace } from './policy-rig.ts';

const channels = Array.from({ length: 200 }, (_, index) => `channel-${index}`);

/** People rate in some conversations on each of some days: as the function says of who answered. */
async function live(rig: PolicyRig, days: number, valueUnder: (policy: string) => number): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    for (const channel of channels) {
      const conversation = talk(channel);
      const by = rig.desk.policyFor(conversation, encodeConversationKey(conversation))?.policyId ?? 'plain';
      rig.rate(channel, valueUnder(by));
    }
    await rig.clock.advance(DAY_MS);
    await rig.live.look(signal());
  }
}

const fine = (): number => 0.8;
const fewHeard =
  'no harm was seen, but fewer than 5 conversations or 3 people were heard with it or without it: a person decides, by policy promote 1';

/** The channels that a policy answers now. */
function channelsOf(rig: PolicyRig, number: number): readonly string[] {
  const isOwn = (channel: string): boolean => {
    const by = rig.desk.policyFor(talk(channel), encodeConversationKey(talk(channel)));
    return by !== undefined && rig.desk.policyOf(by.policyId)?.number === number;
  };
  return channels.filter(isOwn);
}

async function withCanary(): Promise<PolicyRig> {
  const rig = await createRig();
  const policy = await rig.add();
  await rig.desk.advance(policy, 'canary');
  return rig;
}

describe('a canary', () => {
  test('is promoted after three days and twenty rated sessions without harm', async () => {
    const rig = await withCanary();
    await live(rig, 2, fine);
    expect((await rig.policy(1)).state).toBe('canary');
    await live(rig, 1, fine);
    const policy = await rig.policy(1);
    expect(policy.state).toBe('serving');
    expect(policy.evidence.live?.sessions).toBeGreaterThanOrEqual(20);
    expect(policy.evidence.live).toMatchObject({
      mean: expect.closeTo(0.8, 9),
      othersMean: expect.closeTo(0.8, 9),
    });
    expect(rig.changes).toContain('1 promoted');
  });

  test('is discarded where people are less happy with it', async () => {
    const rig = await withCanary();
    await live(rig, 3, (by) => (by === 'plain' ? 0.8 : -0.8));
    expect(await rig.policy(1)).toMatchObject({
      state: 'discarded',
      reason: 'people were less happy with its answers',
    });
    expect(rig.desk.servingIn(wholeSpace)).toBeUndefined();
  });

  test('that hardly anybody rates is discarded after 30 days', async () => {
    const rig = await withCanary();
    await rig.clock.advance(30 * DAY_MS - 1);
    await rig.live.look(signal());
    expect(await rig.policy(1)).not.toHaveProperty('reason');
    await rig.clock.advance(1);
    await rig.live.look(signal());
    const { state, reason } = await rig.policy(1);
    expect([state, reason]).toEqual(['discarded', 'inconclusive after 30 days']);
  });

  test('is not promoted by one person alone, however often; nor by two', async () => {
    const rig = await withCanary();
    const [loud = '', ...more] = channelsOf(rig, 1);
    const rest = channels.filter((channel) => !channelsOf(rig, 1).includes(channel));
    for (let day = 0; day < 25; day += 1) {
      rig.rate(loud, -1, 'bob');
      for (const channel of rest) rig.rate(channel, 1);
      await rig.clock.advance(DAY_MS);
      await rig.live.look(signal());
    }
    const { state, reason, evidence } = await rig.policy(1);
    expect([state, reason]).toEqual(['canary', fewHeard]);
    expect(evidence.live).toMatchObject({ sessions: 25, mean: -1, othersMean: 1 });
    for (const channel of more.slice(0, 8)) rig.rate(channel, 1, 'ann');
    await rig.clock.advance(2 * DAY_MS);
    await rig.live.look(signal());
    expect(await rig.policy(1)).toMatchObject({ state: 'canary', reason: fewHeard });
  });

  test.each([
    ['five conversations of three people', 5, 3, 'serving'],
    ['four conversations', 4, 4, 'canary'],
    ['five conversations of two people', 5, 2, 'canary'],
  ] as const)('with %s', async (_, conversations, people, state) => {
    const rig = await withCanary();
    const own = channelsOf(rig, 1);
    for (let day = 0; day < 5; day += 1) {
      for (const [index, channel] of own.slice(0, conversations).entries())
        rig.rate(channel, 0.8, `p${index % people}`);
      for (const channel of channels) if (!own.includes(channel)) rig.rate(channel, 0.8);
      await rig.clock.advance(DAY_MS);
    }
    await rig.clock.advance(DAY_MS);
    await rig.live.look(signal());
    // What was said a moment ago is not heard yet.
    for (const channel of own.slice(conversations)) rig.rate(channel, 0.8);
    await rig.live.look(signal());
    expect((await rig.policy(1)).state).toBe(state);
  });

  test('is left to nobody any more where enough are heard, and waits by itself', async () => {
    const rig = await withCanary();
    const [loud = '', ...more] = channelsOf(rig, 1);
    for (let day = 0; day < 22; day += 1) {
      rig.rate(loud, 0.5);
      for (const channel of channels.slice(0, 9)) rig.rate(channel, 0.9);
      await rig.clock.advance(DAY_MS);
    }
    await rig.live.look(signal());
    expect(await rig.policy(1)).toMatchObject({ reason: fewHeard });
    for (const channel of more) rig.rate(channel, 0.5);
    await rig.clock.advance(2 * DAY_MS);
    await rig.live.look(signal());
    expect(await rig.policy(1)).toMatchObject({
      state: 'canary',
      reason: 'its answers were better, and it passed the probes',
    });
  });

  test.each([
    [0.75, 'serving'],
    [0.65, 'canary'],
  ] as const)('is promoted only where people fare no worse: %d against 0.8', async (value, state) => {
    const rig = await withCanary();
    await live(rig, 4, (by) => (by === 'plain' ? 0.8 : value));
    expect((await rig.policy(1)).state).toBe(state);
    if (state === 'serving') return;
    await rig.clock.advance(30 * DAY_MS);
    await rig.live.look(signal());
    expect(await rig.policy(1)).toMatchObject({ state: 'discarded', reason: 'inconclusive after 30 days' });
  });

  test('is not carried by who talks most', async () => {
    const rig = await withCanary();
    const own = channelsOf(rig, 1);
    for (let day = 0; day < 20; day += 1) {
      rig.rate(own[0] ?? '', 1);
      if (day === 0) for (const channel of own.slice(1, 8)) rig.rate(channel, 0.5);
      for (const channel of channels) if (!own.includes(channel)) rig.rate(channel, 0.8);
      await rig.clock.advance(DAY_MS);
    }
    await rig.live.look(signal());
    const { state, evidence } = await rig.policy(1);
    expect([state, evidence.live?.sessions]).toEqual(['canary', 27]);
  });

  test('that nobody elsewhere can be compared with is left to a person', async () => {
    const rig = await withCanary();
    for (let day = 0; day < 4; day += 1) {
      for (const channel of channelsOf(rig, 1)) rig.rate(channel, 1);
      await rig.clock.advance(DAY_MS);
    }
    await rig.live.look(signal());
    expect(await rig.policy(1)).toMatchObject({ state: 'canary', reason: fewHeard });
  });

  test('under what is pinned is left to a person, longer than 30 days, and makes room for the next one', async () => {
    const rig = await createRig({
      answerAgain: async ({ turnId }, { policy }) => ({
        kind: 'answer',
        text: policy === 'policy_run_3' ? `good ${turnId}` : turnId,
      }),
    });
    await rig.add();
    await rig.desk.promote(1, operator);
    await rig.desk.pin(1, true, operator);
    await rig.desk.advance(await rig.add(), 'canary');
    await live(rig, 4, fine);
    const waiting = 'no harm was seen, but what serves is pinned: a person decides, by policy promote 2';
    expect(await rig.policy(2)).toMatchObject({ state: 'canary', reason: waiting });
    await rig.clock.advance(40 * DAY_MS);
    await live(rig, 1, fine);
    expect(await rig.policy(2)).toMatchObject({ state: 'canary', reason: waiting });
    await rig.add();
    rig.hold(60);
    await rig.work();
    expect(await rig.policy(3)).toMatchObject({ state: 'canary' });
    expect(await rig.policy(2)).toMatchObject({ state: 'candidate', reason: waiting });
    // The two do not change places for ever, and no patience ends what waits for a person.
    await live(rig, 4, fine);
    await rig.clock.advance(40 * DAY_MS);
    expect(await rig.work()).toBe(0);
    expect(await rig.policy(2)).toMatchObject({ state: 'candidate', reason: waiting });
    await rig.desk.discard(3, operator);
    await rig.desk.pin(1, false, operator);
    await rig.work();
    await live(rig, 4, fine);
    expect(await rig.policy(2)).toMatchObject({ state: 'serving' });
  });

  test('does not take the place of what is pinned, nor of another than its parent', async () => {
    const rig = await createRig();
    await rig.add();
    await rig.desk.promote(1, operator);
    await rig.desk.pin(1, true, operator);
    await rig.desk.advance(await rig.add(), 'canary');
    await live(rig, 4, fine);
    expect((await rig.policy(2)).state).toBe('canary');
    await rig.desk.rollback(wholeSpace, 1, operator);
    await rig.live.look(signal());
    expect(await rig.policy(2)).toMatchObject({
      state: 'discarded',
      reason: 'what it was made from was taken back',
    });
  });

  test('is not judged by what another answered in its place, nor by conversations that are kept out', async () => {
    const rig = await withCanary();
    for (const channel of channels) rig.rate(channel, 0.8);
    const own = rig.store.rated.filter(({ policy }) => policy !== 'plain');
    rig.store.rated.push(
      ...own.map((outcome, index) => ({
        ...outcome,
        turnId: turnId(`x${index}`),
        policy: 'plain',
        value: -1,
      })),
    );
    for (let index = 0; index < 50; index += 1) rig.rate(`kept-out-${index}`, -1);
    await rig.clock.advance(3 * DAY_MS);
    await rig.live.look(signal());
    expect((await rig.policy(1)).evidence.live).toMatchObject({
      sessions: own.length,
      others: channels.length - own.length,
      mean: expect.closeTo(0.8, 9),
    });
  });
});

describe('models that a program asked for by their own names', () => {
  const likePolicies = ['upstream:claude', 'upstream:plain', 'upstream:policy_run_1', 'policy_gone'];

  /** As much as all others say, and all of it the same. */
  function rateOthers(rig: PolicyRig, value: number): void {
    for (const [index, channel] of channels.entries()) {
      rig.rate(channel, value, `person ${index % 3}`);
      const rated = rig.store.rated.pop();
      const policy = likePolicies[index % likePolicies.length] ?? '';
      if (rated !== undefined) rig.store.rated.push({ ...rated, policy });
    }
  }

  test('are not what a canary is compared with', async () => {
    const rig = await withCanary();
    for (let day = 0; day < 4; day += 1) {
      rateOthers(rig, 1);
      await live(rig, 1, () => 0.2);
    }
    const { state, evidence } = await rig.policy(1);
    expect(state).toBe('serving');
    expect(evidence.live).toMatchObject({ othersMean: expect.closeTo(0.2, 9) });
  });

  test('are no record of what was before a policy', async () => {
    const rig = await createRig();
    await rig.add();
    for (let day = 0; day < 5; day += 1) {
      rateOthers(rig, 1);
      await live(rig, 1, () => -0.5);
    }
    await rig.desk.promote(1, operator);
    await rig.clock.advance(31 * DAY_MS);
    await live(rig, 4, () => -0.5);
    expect((await rig.policy(1)).state).toBe('serving');
  });
});

describe('what serves', () => {
  async function promoted(): Promise<PolicyRig> {
    const rig = await createRig();
    await rig.add();
    await live(rig, 5, fine);
    await rig.desk.promote(1, operator);
    return rig;
  }

  test('is rolled back by itself where the control share fares better', async () => {
    const rig = await promoted();
    await live(rig, 4, (by) => (by === 'plain' ? 0.8 : -0.6));
    expect(await rig.policy(1)).toMatchObject({ state: 'rolled_back' });
    expect(rig.changes).toContain('1 rolled_back');
    expect(rig.desk.servingIn(wholeSpace)).toBeUndefined();
  });

  test('stays where nobody is worse off', async () => {
    const rig = await promoted();
    await live(rig, 4, fine);
    expect(await rig.policy(1)).toMatchObject({
      state: 'serving',
      evidence: { live: { harm: expect.any(Number) } },
    });
    expect((await rig.policy(1)).evidence.live?.others).toBeGreaterThan(0);
  });

  test('is measured against the record from before it when its watch is over', async () => {
    for (const [value, state] of [
      [0.8, 'serving'],
      [-0.8, 'rolled_back'],
    ] as const) {
      const rig = await promoted();
      await rig.clock.advance(31 * DAY_MS);
      await live(rig, 2, () => value);
      expect((await rig.policy(1)).state).toBe(state);
    }
  });

  test('is looked at by its last two weeks however long its record is', async () => {
    const rig = await promoted();
    const { since } = await rig.policy(1);
    const record = Array.from({ length: mostOutcomes }, (_, index) =>
      outcome(`before-${index}`, since - 1, { policy: 'plain' }),
    );
    rig.store.rated.unshift(...record);
    await rig.clock.advance(31 * DAY_MS);
    await live(rig, 2, () => -0.8);
    expect((await rig.policy(1)).state).toBe('rolled_back');
  });

  test('and does harm is told of once where it is pinned, and stays', async () => {
    const rig = await promoted();
    await rig.desk.pin(1, true, operator);
    await live(rig, 4, () => -0.8);
    expect((await rig.policy(1)).state).toBe('serving');
    expect(rig.changes.filter((change) => change === '1 harm_but_pinned')).toHaveLength(1);
  });

  test('comes to the same with a restart before each look', async () => {
    const run = async (isRebuilt: boolean): Promise<unknown> => {
      const rig = await withCanary();
      for (let day = 0; day < 8; day += 1) {
        if (isRebuilt) await rig.rebuild();
        await live(rig, 1, (by) => (by === 'plain' ? 0.7 : day < 4 ? 0.7 : -0.7));
      }
      return { stored: rig.store.dump(), changes: rig.changes };
    };
    const whole = await run(false);
    expect(await run(true)).toEqual(whole);
    expect(whole).toMatchObject({ changes: expect.arrayContaining(['1 promoted', '1 rolled_back']) });
  });
});

describe('pages of outcomes', () => {
  test('reach over an instant that fills more than a page', async () => {
    const store = createMemoryPolicies();
    for (let index = 0; index < 2_500; index += 1)
      store.rated.push(outcome(`${index}`, index < 2_400 ? 5 : 6));
    expect(await outcomesIn(store, wholeSpace, { since: 5 }, signal())).toEqual(store.rated);
  });

  test('give each turn from an instant on once, also where many are of one instant', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 1 }), { maxLength: 40 }),
        fc.nat({ max: 1 }),
        fc.integer({ min: 60, max: 120 }),
        async (instants, since, many) => {
          const store = createMemoryPolicies();
          for (const at of instants.toSorted((a, b) => a - b))
            for (let count = 0; count < many; count += 1)
              store.rated.push(outcome(`${store.rated.length}`, at));
          const found = await outcomesIn(store, wholeSpace, { since }, signal());
          expect(found).toEqual(store.rated.filter(({ at }) => at >= since));
          const early = await outcomesIn(store, wholeSpace, { since: 0, before: since }, signal());
          expect(early).toEqual(store.rated.filter(({ at }) => at < since));
        },
      ),
      { numRuns: 20 },
    );
  });
});

function outcome(name: string, at: number, changes: Partial<PolicyOutcome> = {}): PolicyOutcome {
  return {
    turnId: turnId(name),
    conversationKey: encodeConversationKey(talk(name)),
    sessionId: sessionId(name),
    askerId: personId('web', name),
    policy: 'own',
    value: 1,
    at,
    ...changes,
  };
}

interface Community {
  readonly conversations: number;
  readonly own: number;
  readonly others: number;
  readonly propensity: number;
}

/**
 * Whether harm is found at any of six looks, two days apart. Some conversations are happier than others all along, and each
 * rates about twice: sessions of one conversation are no independent witnesses.
 */
function isHarmFound(world: Community, seed: number): { readonly byTest: boolean; readonly byAny: boolean } {
  const uniform = uniformFrom(seed);
  const arms = new Map<string, 'own' | 'other'>();
  const outcomes: PolicyOutcome[] = [];
  for (let index = 0; index < world.conversations; index += 1) {
    const name = `${seed}-${index}`;
    const arm = uniform() < world.propensity ? 'own' : 'other';
    arms.set(encodeConversationKey(talk(name)), arm);
    const mood = uniform() - 0.5;
    const begin = uniform() * 8 * DAY_MS;
    for (let session = 0; session < 2; session += 1) {
      const mean = Math.max(-1, Math.min(1, (arm === 'own' ? world.own : world.others) + mood));
      outcomes.push(
        outcome(name, begin + session * 3 * DAY_MS, {
          turnId: turnId(`${name}-${session}`),
          sessionId: sessionId(`${name}-${session}`),
          policy: arm,
          value: outcomeDraw(mean, 1, uniform),
        }),
      );
    }
  }
  let found = { byTest: false, byAny: false };
  for (let day = 2; day <= 12; day += 2) {
    const now = day * DAY_MS;
    const { live: seen, isHarm } = liveFinding(
      outcomes.filter(({ at }) => at <= now),
      {
        armOf: (key) => arms.get(key),
        isOf: (arm, stamp) => arm === stamp,
        propensity: world.propensity,
        now,
      },
    );
    found = { byTest: found.byTest || seen.harm >= 20, byAny: found.byAny || isHarm };
  }
  return found;
}

describe('the test of harm', () => {
  const trial = {
    armOf: () => 'own' as const,
    isOf: () => true,
    propensity: 0.5,
    now: 100 * DAY_MS,
  };
  const harmOf = (outcomes: readonly PolicyOutcome[], now = trial.now): number =>
    liveFinding(outcomes, { ...trial, now }).live.harm;
  const grumpy = (name: string, at: number): PolicyOutcome =>
    outcome(name, at, {
      conversationKey: encodeConversationKey(talk('one')),
      sessionId: sessionId(name),
      value: -1,
    });

  test('hears each conversation once, by its first day, when its last words had time to be said', () => {
    const first = grumpy('a', 0);
    const once = harmOf([first]);
    expect(once).toBeGreaterThan(1);
    expect(
      harmOf([first, ...[1, 2, 3, 4].map((day) => ({ ...grumpy(`b${day}`, day * DAY_MS), value: 1 }))]),
    ).toBe(once);
    expect(harmOf([first], 29 * 3_600_000)).toBe(1);
    expect(harmOf([first], 30 * 3_600_000)).toBe(once);
  });

  test('hears talks that were drawn together once', () => {
    const opened = (apart: string, opening = 'a'): PolicyOutcome =>
      outcome(apart, 0, {
        conversationKey: encodeConversationKey({
          ...talk(`o.${opening.repeat(32)}.${apart}`),
          audience: 'direct',
        }),
        value: -1,
      });
    const once = harmOf([opened('1')]);
    expect(harmOf([opened('1'), opened('2'), opened('3')])).toBe(once);
    expect(harmOf([opened('1'), opened('2', 'b')])).toBeGreaterThan(once);
  });

  test('does not depend on the order in which the store gives what was said', () => {
    const all = channels
      .slice(0, 20)
      .map((name, index) => outcome(name, index, { value: index % 3 === 0 ? 1 : -1 }));
    expect(harmOf(all.toReversed())).toBe(harmOf(all));
  });

  test('lets nobody stop a policy alone', () => {
    const alone = Array.from({ length: 40 }, (_, index) =>
      outcome(`s${index}`, index, {
        conversationKey: encodeConversationKey(talk('one')),
        askerId: personId('web', 'ann'),
        value: -1,
      }),
    );
    const others = channels.map((name) => outcome(name, 1, { policy: 'other', value: 1 }));
    const arms = {
      ...trial,
      armOf: (key: string) =>
        key === encodeConversationKey(talk('one')) ? ('own' as const) : ('other' as const),
      propensity: 0.1,
    };
    expect(liveFinding([...alone, ...others], arms).isHarm).toBe(false);
    const shared = alone.map((said, index) => ({ ...said, askerId: personId('web', `p${index % 2}`) }));
    expect(liveFinding([...shared, ...others], arms).isHarm).toBe(true);
  });
});

describe('of 150 communities', () => {
  const runs = 150;
  const rates = (world: Community): { byTest: number; byAny: number } => {
    const found = Array.from({ length: runs }, (_, run) => isHarmFound(world, run + 1));
    return {
      byTest: found.filter(({ byTest }) => byTest).length / runs,
      byAny: found.filter(({ byAny }) => byAny).length / runs,
    };
  };

  test.each([0.1, 0.9])(
    'where nothing changes at most alpha find harm by the test: a share of %d',
    (propensity) => {
      const { byTest, byAny } = rates({ conversations: 200, own: 0.3, others: 0.3, propensity });
      expect(byTest).toBeLessThanOrEqual(0.05 + threeErrors(0.05, runs));
      expect(byAny).toBeLessThanOrEqual(0.05 + threeErrors(0.05, runs));
    },
  );

  // Measured: 47 and 51 % by the test; with the alarm 91 and 88 %.
  test.each([0.1, 0.9])('where people are much less happy most find harm: a share of %d', (propensity) => {
    const { byTest, byAny } = rates({ conversations: 200, own: -0.4, others: 0.4, propensity });
    expect(byAny).toBeGreaterThan(0.8);
    expect(byTest).toBeGreaterThan(0.3);
  });
});
