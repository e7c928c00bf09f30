import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConversationAddress, encodeConversationKey } from '../../../../core/domain/conversation.ts';
import { spaceId } from '../../../../core/domain/ids.ts';
import { policyId } from '../../../../core/domain/policy.ts';
import { createPolicyArms } from '../../../../core/learning/policies/policy-arms.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import {
  createRig,
  DAY_MS,
  everywhere,
  operator,
  type PolicyRig,
  runNamed,
  talk,
  weights,
  wholeSpace,
} from './policy-rig.ts';

const elsewhere = spaceId('web', 'elsewhere');
const talks = Array.from({ length: 400 }, (_, index) => talk(`channel-${index}`));

function answers({ desk }: PolicyRig, conversation: ConversationAddress): string | undefined {
  return desk.policyFor(conversation, encodeConversationKey(conversation))?.policyId;
}

/** How many of the conversations each answers. */
function sharesOf(rig: PolicyRig): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const conversation of talks) {
    const name = answers(rig, conversation) ?? 'configured';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('arms', () => {
  const { digest } = createSequentialIds();
  const arms = createPolicyArms({ key: 'k', share: 0.1, digest });
  const keys = fc.string({ minLength: 1 }).map((channel) => encodeConversationKey(talk(channel)));

  test('stick, and nobody is in both', () => {
    fc.assert(
      fc.property(keys, fc.string(), (key, name) => {
        const id = policyId(name);
        expect(arms.isCanary(id, key)).toBe(arms.isCanary(id, key));
        expect(arms.isCanary(id, key) && arms.isControl(id, key)).toBe(false);
      }),
    );
  });

  test('have their share, and those of two policies or two installations have nothing to do with each other', () => {
    const own = talks.map(encodeConversationKey);
    const other = createPolicyArms({ key: 'other', share: 0.1, digest });
    const inCanary = own.filter((key) => arms.isCanary(policyId('a'), key));
    expect(inCanary.length / own.length).toBeGreaterThan(0.05);
    expect(inCanary.length / own.length).toBeLessThan(0.15);
    for (const isAlso of [
      (key: (typeof own)[number]) => arms.isCanary(policyId('b'), key),
      (key: (typeof own)[number]) => other.isCanary(policyId('a'), key),
    ]) {
      expect(inCanary.filter(isAlso).length).toBeLessThan(inCanary.length / 2);
    }
  });
});

describe('who answers', () => {
  test('is the configured model before anything is loaded or serves', async () => {
    const rig = await createRig();
    expect(answers(rig, talk('a'))).toBeUndefined();
    await rig.add();
    expect(answers(rig, talk('a'))).toBeUndefined();
  });

  test('is a canary in a tenth of the conversations, and in none that is kept out of learning', async () => {
    const rig = await createRig();
    const policy = await rig.add();
    expect(await rig.desk.advance(policy, 'canary')).toBe(true);
    const { [policy.policyId]: canary = 0, configured = 0 } = sharesOf(rig);
    expect(canary).toBeGreaterThan(20);
    expect(canary).toBeLessThan(60);
    expect(canary + configured).toBe(talks.length);
    for (let index = 0; index < 200; index += 1)
      expect(answers(rig, talk(`kept-out-${index}`))).toBeUndefined();
  });

  test('once promoted is the policy, but for a control share of others that stay for 30 days', async () => {
    const rig = await createRig();
    const policy = await rig.add();
    await rig.desk.advance(policy, 'canary');
    const before = talks.filter((conversation) => answers(rig, conversation) === policy.policyId);
    await rig.clock.advance(DAY_MS);
    await rig.desk.promote(1, operator);
    const { configured = 0 } = sharesOf(rig);
    expect(configured).toBeGreaterThan(20);
    expect(configured).toBeLessThan(60);
    for (const conversation of before) expect(answers(rig, conversation)).toBe(policy.policyId);
    expect(answers(rig, talk('kept-out'))).toBe(policy.policyId);
    await rig.clock.advance(30 * DAY_MS);
    expect(sharesOf(rig)).toEqual({ [policy.policyId]: talks.length });
  });

  test('leaves nobody with the predecessor of what is pinned, or was brought back', async () => {
    const rig = await createRig();
    const one = await rig.add();
    await rig.desk.promote(1, operator);
    await rig.desk.pin(1, true, operator);
    expect(sharesOf(rig)).toEqual({ [one.policyId]: talks.length });
    await rig.clock.advance(DAY_MS);
    await rig.add();
    await rig.desk.promote(2, operator);
    expect(Object.keys(sharesOf(rig))).toHaveLength(2);
    await rig.clock.advance(DAY_MS);
    await rig.desk.pin(1, false, operator);
    await rig.desk.rollback(wholeSpace, 2, operator);
    expect(sharesOf(rig)).toEqual({ [one.policyId]: talks.length });
  });

  test('is the space’s own before that of everywhere, and no other space’s', async () => {
    const rig = await createRig();
    const wide = await rig.add(everywhere);
    await rig.desk.promote(1, operator);
    await rig.clock.advance(31 * DAY_MS);
    expect(answers(rig, talk('a'))).toBe(wide.policyId);
    const own = await rig.add(wholeSpace);
    expect(own).toMatchObject({ parentId: wide.policyId, version: 2 });
    await rig.desk.promote(2, operator);
    await rig.clock.advance(31 * DAY_MS);
    expect(answers(rig, talk('a'))).toBe(own.policyId);
    expect(answers(rig, talk('a', elsewhere))).toBe(wide.policyId);
    // A canary of everywhere would replace what does not answer here.
    const next = await rig.add(everywhere);
    await rig.desk.advance(next, 'canary');
    expect(sharesOf(rig)).toEqual({ [own.policyId]: talks.length });
    expect(await rig.desk.rollback(wholeSpace, 2, operator)).toMatchObject({
      number: 2,
      state: 'rolled_back',
    });
    expect(Object.keys(sharesOf(rig)).toSorted()).toEqual([wide.policyId, next.policyId].toSorted());
  });

  test('brings its persona where it is one of wording', async () => {
    const rig = await createRig();
    const policy = await rig.add(wholeSpace, { kind: 'wording', persona: 'Be short.' });
    await rig.desk.promote(1, operator);
    await rig.clock.advance(31 * DAY_MS);
    const conversation = talk('a');
    expect(rig.desk.policyFor(conversation, encodeConversationKey(conversation))).toEqual({
      policyId: policy.policyId,
      persona: 'Be short.',
    });
  });

  test('does not change where the store failed', async () => {
    const rig = await createRig();
    const policy = await rig.add();
    await rig.desk.promote(1, operator);
    const before = sharesOf(rig);
    rig.store.fail(new Error('disk'));
    await expect(rig.desk.rollback(wholeSpace, 1, operator)).rejects.toThrow('disk');
    expect(sharesOf(rig)).toEqual(before);
    rig.store.fail(undefined);
    expect(await rig.desk.rollback(wholeSpace, 1, operator)).toMatchObject({ policyId: policy.policyId });
    expect(sharesOf(rig)).toEqual({ configured: talks.length });
  });
});

/** Policy 2 serves, 3 was made beside it; 4, a canary, and 5 were made from it. */
async function withOffspring(): Promise<PolicyRig> {
  const rig = await createRig();
  await rig.add();
  await rig.desk.promote(1, operator);
  await rig.clock.advance(DAY_MS);
  await rig.add();
  await rig.add();
  await rig.desk.promote(2, operator);
  await rig.desk.advance(await rig.add(), 'canary');
  await rig.add();
  return rig;
}

describe('actions', () => {
  test('a run makes one policy, however often it is told', async () => {
    const rig = await createRig();
    const run = runNamed('run_a', wholeSpace);
    const policy = await rig.desk.add(weights, run);
    expect(await rig.desk.add(weights, run)).toEqual(policy);
    expect(rig.changes).toEqual(['1 added']);
  });

  test('versions are told from stamps', async () => {
    const rig = await createRig();
    const policy = await rig.add();
    expect(rig.desk.versionOf(policy.policyId)).toBe(1);
    expect(rig.desk.versionOf('plain')).toBe(0);
    expect(rig.desk.versionOf('another model')).toBeUndefined();
  });

  test('a rollback goes back step by step, to the configured model at last', async () => {
    const rig = await createRig();
    for (const number of [1, 2, 3]) {
      await rig.clock.advance(1_000);
      await rig.add();
      await rig.desk.promote(number, operator);
    }
    for (const [taken, next] of [
      [3, 2],
      [2, 1],
      [1, undefined],
    ] as const) {
      await rig.clock.advance(1_000);
      expect((await rig.desk.rollback(wholeSpace, taken, operator))?.number).toBe(taken);
      expect(rig.desk.servingIn(wholeSpace)?.number).toBe(next);
    }
    expect(await rig.desk.rollback(wholeSpace, 1, operator)).toBeUndefined();
    expect(rig.changes.filter((change) => change.endsWith('rolled_back'))).toEqual([
      '3 rolled_back',
      '2 rolled_back',
      '1 rolled_back',
    ]);
  });

  test('a rollback of another than serves by now takes nothing back', async () => {
    const rig = await createRig();
    for (const number of [1, 2]) {
      await rig.add();
      await rig.desk.promote(number, operator);
    }
    await rig.desk.advance(await rig.policy(2), 'rolled_back', 'harm');
    await expect(rig.desk.rollback(wholeSpace, 2, operator)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Policy 2 no longer serves here, policy 1 does.'),
    });
    expect(rig.desk.servingIn(wholeSpace)?.number).toBe(1);
    expect((await rig.policy(1)).state).toBe('serving');
  });

  test.each([
    ['a person', (rig: PolicyRig) => rig.desk.rollback(wholeSpace, 2, operator)],
    ['harm', async (rig: PolicyRig) => rig.desk.advance(await rig.policy(2), 'rolled_back', 'harm')],
  ])('what was made from a policy and is in test goes with it, by %s', async (_, takeBack) => {
    const rig = await withOffspring();
    await takeBack(rig);
    const states = await Promise.all([1, 2, 3, 4, 5].map(async (number) => (await rig.policy(number)).state));
    expect(states).toEqual(['serving', 'rolled_back', 'candidate', 'discarded', 'discarded']);
    expect((await rig.policy(4)).reason).toBe('what it was made from was taken back');
    expect(rig.changes).toEqual(expect.arrayContaining(['2 rolled_back', '4 discarded', '5 discarded']));
  });

  test('answers nobody and goes no further where it could not be discarded at once', async () => {
    const rig = await withOffspring();
    const canary = await rig.policy(4);
    expect(Object.keys(sharesOf(rig))).toContain(canary.policyId);
    const { move } = rig.store;
    rig.store.move = async (policyId, from, to) => {
      if (to.state === 'discarded') throw new Error('disk');
      return move(policyId, from, to);
    };
    expect(await rig.desk.rollback(wholeSpace, 2, operator)).toMatchObject({ state: 'rolled_back' });
    expect((await rig.policy(4)).state).toBe('canary');
    expect(Object.keys(sharesOf(rig))).not.toContain(canary.policyId);
    expect(await rig.desk.advance(canary, 'serving')).toBe(false);
    expect(await rig.desk.advance(await rig.policy(5), 'canary')).toBe(false);
    expect(rig.desk.servingIn(wholeSpace)?.number).toBe(1);
    await rig.rebuild();
    expect(Object.keys(sharesOf(rig))).not.toContain(canary.policyId);
  });

  test('a canary may give up its place, and nobody is told', async () => {
    const rig = await createRig();
    await rig.desk.advance(await rig.add(), 'canary');
    expect(await rig.desk.advance(await rig.policy(1), 'candidate', 'it waits')).toBe(true);
    expect(await rig.policy(1)).toMatchObject({ state: 'candidate', reason: 'it waits' });
    expect(sharesOf(rig)).toEqual({ configured: talks.length });
    expect(rig.changes).toEqual(['1 added', '1 canary']);
  });

  test('what is pinned is replaced and taken back by people alone', async () => {
    const rig = await createRig();
    await rig.add();
    const serving = await rig.desk.promote(1, operator);
    await rig.desk.pin(1, true, operator);
    const next = await rig.add();
    expect(await rig.desk.advance(next, 'serving')).toBe(false);
    expect(await rig.desk.advance(serving, 'rolled_back')).toBe(false);
    expect(await rig.desk.promote(2, operator)).toMatchObject({ state: 'serving' });
    expect(await rig.policy(1)).toMatchObject({ state: 'superseded' });
  });

  test('what is pinned for everywhere is not replaced in one space either', async () => {
    const rig = await createRig();
    await rig.add(everywhere);
    await rig.desk.promote(1, operator);
    await rig.desk.pin(1, true, operator);
    const own = await rig.add(wholeSpace);
    expect(own.parentId).toBe((await rig.policy(1)).policyId);
    expect(await rig.desk.advance(own, 'serving')).toBe(false);
    await rig.desk.pin(1, false, operator);
    expect(await rig.desk.advance(own, 'serving')).toBe(true);
  });

  test('the test of policies moves nothing that has changed meanwhile', async () => {
    const rig = await createRig();
    const read = await rig.add();
    await rig.desk.discard(1, operator);
    expect(await rig.desk.advance(read, 'canary')).toBe(false);
    expect(await rig.policy(1)).toMatchObject({ state: 'discarded' });
  });

  test('people may promote what was discarded, and not discard what serves', async () => {
    const rig = await createRig();
    await rig.add();
    await rig.desk.discard(1, operator);
    expect(await rig.desk.discard(1, operator)).toMatchObject({ state: 'discarded' });
    expect(await rig.desk.promote(1, operator)).toMatchObject({ state: 'serving' });
    expect(await rig.desk.promote(1, operator)).toMatchObject({ state: 'serving' });
    await expect(rig.desk.discard(1, operator)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(rig.desk.promote(9, operator)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('never leave two serving, whatever is done side by side', async () => {
    const actions = fc.array(fc.constantFrom('add', 'promote', 'rollback', 'discard', 'pin'), {
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(
        actions,
        fc.array(fc.nat({ max: 5 }), { minLength: 25, maxLength: 25 }),
        async (todo, picks) => {
          const rig = await createRig();
          await Promise.allSettled(
            todo.map((action, index) => {
              const number = (picks[index] ?? 0) + 1;
              if (action === 'add') return rig.add();
              if (action === 'promote') return rig.desk.promote(number, operator);
              if (action === 'discard') return rig.desk.discard(number, operator);
              if (action === 'pin') return rig.desk.pin(number, index % 2 === 0, operator);
              return rig.desk.rollback(wholeSpace, number, operator);
            }),
          );
          const serving = await rig.store.serving();
          expect(serving.length).toBeLessThanOrEqual(1);
          const inMemory = sharesOf(rig);
          expect(rig.desk.servingIn(wholeSpace)?.policyId).toBe(serving[0]?.policyId);
          await rig.rebuild();
          expect(sharesOf(rig)).toEqual(inMemory);
        },
      ),
      { numRuns: 40 },
    );
  });
});
