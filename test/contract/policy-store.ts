import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId, sessionId, spaceId, turnId } from '../../core/domain/ids.ts';
import {
  type Policy,
  type PolicyEvidence,
  type PolicyScope,
  type PolicySource,
  type PolicyState,
  policyId,
  runId,
} from '../../core/domain/policy.ts';
import type { NewPolicy, PolicyStore } from '../../core/ports/policy-store.ts';
import type { RatedTurns } from './rated-turns.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { otherKey, sampleAt, sampleConversation, sampleTurn } from './store-samples.ts';

export interface PoliciesUnderTest {
  readonly policies: PolicyStore;
  readonly turns: RatedTurns;
}

const everywhere: PolicyScope = { kind: 'everywhere' };
const ofTeam: PolicyScope = { kind: 'space', spaceId: sampleConversation.spaceId };
const away = { ...sampleConversation, spaceId: spaceId('web', 'away') };
const program = { ...sampleConversation, platform: 'api', spaceId: spaceId('api', 'lab') };
const weights: PolicySource = {
  kind: 'weights',
  baseModel: 'qwen',
  samplerPath: 's://1',
  statePath: 's://2',
};

function samplePolicy(id: string, changes: Partial<NewPolicy> = {}): NewPolicy {
  const source = weights;
  return {
    policyId: policyId(id),
    scope: everywhere,
    source,
    runId: runId('r1'),
    createdAt: sampleAt,
    ...changes,
  };
}

const evidence: PolicyEvidence = {
  replay: { wins: 3, ties: 2, losses: 1, better: 4.5, worse: 0.25, leftOut: { tools: 1 } },
  probes: { passed: 11, failed: ['flattery-2'] },
  live: { sessions: 4, others: 40, mean: 0.25, othersMean: -0.5, harm: 1.5 },
};

/** What every `PolicyStore` promises. */
export function policyStoreContract(contract: StoreContract<PoliciesUnderTest>): void {
  describe(`PolicyStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<PoliciesUnderTest>;
    const policies = (): PolicyStore => subject.stores.policies;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const [p1, p2, unknown] = [policyId('p1'), policyId('p2'), policyId('unknown')];
    const add = (id: string, changes: Partial<NewPolicy> = {}): Promise<Policy> =>
      policies().add(samplePolicy(id, changes));
    const ids = (found: readonly Policy[]): readonly string[] => found.map((one) => one.policyId);
    const stateOf = async (id: string): Promise<PolicyState | undefined> =>
      (await policies().get(policyId(id)))?.state;
    const serving = async (): Promise<readonly string[]> => ids(await policies().serving());
    const to = (state: PolicyState, at = sampleAt + 1) => ({ state, at });
    const all: readonly PolicyState[] = [
      'candidate',
      'canary',
      'serving',
      'superseded',
      'discarded',
      'rolled_back',
    ];
    const notFound = { name: 'AppError', code: 'not_found' };

    test('a policy is stored whole as a candidate, numbered from 1, one more than its parent', async () => {
      const first = await add('p1');
      expect(first).toEqual({
        ...samplePolicy('p1'),
        number: 1,
        version: 1,
        state: 'candidate',
        isPinned: false,
        evidence: {},
        since: sampleAt,
      });
      const second = await add('p2', { parentId: p1, scope: ofTeam });
      expect(second).toMatchObject({ number: 2, version: 2, parentId: 'p1', scope: ofTeam });
      await subject.reopen();
      expect(await policies().get(p1)).toEqual(first);
      expect(await policies().byNumber(2)).toEqual(second);
      expect(await policies().get(unknown)).toBeUndefined();
      expect(await policies().byNumber(3)).toBeUndefined();
    });

    test.each<PolicySource>([
      weights,
      { kind: 'hosted_model', model: 'ft:gpt:metaclaw' },
      { kind: 'wording', persona: 'Be brief.\n"So."' },
      { ...weights, persona: 'Sei kurz. 🧂' },
      { kind: 'hosted_model', model: 'ft:gpt:metaclaw', persona: '' },
      { kind: 'wording', persona: 'Be brief.', answersBy: policyId('p0') },
    ])('keeps what it answers with: %o', async (source) => {
      await add('p1', { source });
      await subject.reopen();
      expect((await policies().get(p1))?.source).toEqual(source);
    });

    test('the same again gives what is stored', async () => {
      await add('p1');
      await policies().move(p1, ['candidate'], to('serving'));
      const stored = await policies().get(p1);
      expect(await add('p1', { scope: ofTeam, createdAt: sampleAt + 9 })).toEqual(stored);
      expect(await policies().list(9)).toEqual([stored]);
    });

    test('a parent must be stored', async () => {
      await expect(add('p1', { parentId: unknown })).rejects.toMatchObject(notFound);
      expect(await policies().list(9)).toEqual([]);
    });

    test('lists are the newest first, of one scope where asked; by state the oldest first', async () => {
      for (const [id, scope] of [
        ['a', everywhere],
        ['b', ofTeam],
        ['c', everywhere],
      ] as const) {
        await add(id, { scope });
      }
      await policies().move(policyId('b'), ['candidate'], to('canary'));
      await subject.reopen();
      expect(ids(await policies().list(9))).toEqual(['c', 'b', 'a']);
      expect(ids(await policies().list(2))).toEqual(['c', 'b']);
      expect(ids(await policies().list(9, everywhere))).toEqual(['c', 'a']);
      expect(ids(await policies().list(9, ofTeam))).toEqual(['b']);
      expect(ids(await policies().inState(['candidate']))).toEqual(['a', 'c']);
      expect(ids(await policies().inState(['canary', 'candidate']))).toEqual(['a', 'b', 'c']);
      expect(await policies().inState(['serving'])).toEqual([]);
      expect(await policies().inState([])).toEqual([]);
    });

    describe('a move', () => {
      test('happens only from one of the states named', async () => {
        await add('p1');
        expect(await policies().move(p1, ['canary', 'serving'], to('discarded'))).toBe(false);
        expect(await policies().get(p1)).toMatchObject({ state: 'candidate', since: sampleAt });
        const reason = 'it did worse';
        const moved = await policies().move(p1, ['canary', 'candidate'], { ...to('discarded'), reason });
        expect(moved).toBe(true);
        await subject.reopen();
        expect(await policies().get(p1)).toMatchObject({ state: 'discarded', reason, since: sampleAt + 1 });
        await policies().move(p1, ['discarded'], to('candidate', sampleAt + 2));
        expect(await policies().get(p1)).not.toHaveProperty('reason');
        expect(await policies().move(unknown, all, to('canary'))).toBe(false);
      });

      test('to serving takes the place of what served in its scope, and of nothing else', async () => {
        await add('p1');
        await add('p2');
        await add('team', { scope: ofTeam });
        await policies().move(p1, all, { ...to('serving'), reason: 'it won' });
        await policies().move(policyId('team'), all, to('serving'));
        expect(await serving()).toEqual(['p1', 'team']);
        expect(await policies().move(p2, ['candidate'], to('serving', sampleAt + 5))).toBe(true);
        await subject.reopen();
        expect(await serving()).toEqual(['p2', 'team']);
        const before = await policies().get(p1);
        expect(before).toMatchObject({ state: 'superseded', since: sampleAt + 5 });
        expect(before).not.toHaveProperty('reason');
        expect(await policies().move(p2, ['serving'], to('serving', sampleAt + 6))).toBe(true);
        expect(await serving()).toEqual(['p2', 'team']);
      });

      test('of one that is taken back leaves its scope to a successor, whatever its state was', async () => {
        for (const state of ['superseded', 'rolled_back', 'discarded', 'candidate'] as const) {
          const [served, next] = [`served before ${state}`, `next ${state}`];
          await add(served);
          await add(next);
          await policies().move(policyId(next), all, { ...to(state), reason: 'old' });
          await policies().move(policyId(served), all, to('serving'));
          const back = { ...to('rolled_back', sampleAt + 7), reason: 'harm', successor: policyId(next) };
          expect(await policies().move(policyId(served), ['serving'], back)).toBe(true);
          await subject.reopen();
          expect(await policies().get(policyId(served))).toMatchObject({
            state: 'rolled_back',
            reason: 'harm',
          });
          const now = await policies().get(policyId(next));
          expect(now).toMatchObject({ state: 'serving', since: sampleAt + 7 });
          expect(now).not.toHaveProperty('reason');
          expect(await serving()).toEqual([next]);
        }
      });

      test('of one that is taken back without a successor leaves its scope to the configured model', async () => {
        await add('p1');
        await policies().move(p1, all, to('serving'));
        await policies().move(p1, ['serving'], to('rolled_back'));
        expect(await serving()).toEqual([]);
      });

      test('of one that did not serve brings no successor', async () => {
        await add('p1');
        await add('p2');
        await policies().move(p1, all, to('canary'));
        expect(await policies().move(p1, all, { ...to('rolled_back'), successor: p2 })).toBe(true);
        expect(await stateOf('p2')).toBe('candidate');
        await policies().move(p2, all, to('serving'));
        await policies().move(p2, ['serving'], { ...to('superseded'), successor: p1 });
        expect(await serving()).toEqual([]);
      });

      test('to a successor that cannot be is refused, and nothing changes', async () => {
        await add('p1');
        await add('team', { scope: ofTeam });
        await policies().move(p1, all, to('serving'));
        const back = (successor: string) =>
          policies().move(p1, ['serving'], { ...to('rolled_back'), successor: policyId(successor) });
        await expect(back('unknown')).rejects.toMatchObject(notFound);
        for (const wrong of ['p1', 'team']) {
          await expect(back(wrong)).rejects.toMatchObject({ name: 'AppError', code: 'invalid_input' });
        }
        await subject.reopen();
        expect(await serving()).toEqual(['p1']);
        expect(await stateOf('team')).toBe('candidate');
      });
    });

    test('a pin and evidence are kept whatever moves', async () => {
      await add('p1');
      await policies().pin(p1, true);
      await policies().setEvidence(p1, evidence);
      await policies().move(p1, all, to('serving'));
      await subject.reopen();
      expect(await policies().get(p1)).toMatchObject({ isPinned: true, evidence, state: 'serving' });
      await policies().pin(p1, false);
      await policies().setEvidence(p1, {});
      expect(await policies().get(p1)).toMatchObject({ isPinned: false, evidence: {} });
      await expect(policies().pin(unknown, true)).rejects.toMatchObject(notFound);
      await expect(policies().setEvidence(unknown, {})).rejects.toMatchObject(notFound);
    });

    test('evidence beyond all numbers stays great, and what is no number is refused', async () => {
      await add('p1');
      const live = { sessions: 1, others: 1, harm: Number.POSITIVE_INFINITY };
      await policies().setEvidence(p1, { live });
      await subject.reopen();
      const stored = await policies().get(p1);
      expect(stored?.evidence.live?.harm).toBe(Number.MAX_VALUE);
      const nonsense = policies().setEvidence(p1, { live: { ...live, harm: Number.NaN } });
      await expect(nonsense).rejects.toMatchObject({ name: 'AppError', code: 'invalid_input' });
      expect(await policies().get(p1)).toEqual(stored);
    });

    test('comparisons come in the order in which they were added, one a turn', async () => {
      await add('p1');
      await add('p2');
      const comparison = (name: string, outcome: 'win' | 'tie' | 'loss', at = sampleAt) => ({
        turnId: turnId(name),
        outcome,
        at,
      });
      const added = [
        comparison('t2', 'win'),
        comparison('t1', 'tie', sampleAt - 5),
        comparison('t3', 'loss'),
      ];
      for (const one of added) await policies().addComparison(p1, one);
      await policies().addComparison(p1, comparison('t2', 'loss', sampleAt + 9));
      await policies().addComparison(p2, comparison('t2', 'loss'));
      await subject.reopen();
      expect(await policies().comparisons(p1)).toEqual(added);
      expect(await policies().comparisons(p2)).toEqual([comparison('t2', 'loss')]);
      expect(await policies().comparisons(unknown)).toEqual([]);
      await expect(policies().addComparison(unknown, comparison('t1', 'win'))).rejects.toMatchObject(
        notFound,
      );
    });

    const at = (offset: number) => ({ startedAt: sampleAt + offset });

    test('outcomes are rated turns since an instant, the oldest first, hold-outs among them', async () => {
      const { turns } = subject.stores;
      const bob = personId('web', 'bob');
      const other = {
        conversationKey: otherKey,
        sessionId: sessionId('session-2'),
        askerId: bob,
        policy: 'p9',
      };
      await turns.add('third', { ...at(3), isHoldOut: true }, 1);
      await turns.add('early', at(-1), 1);
      await turns.add('first', { ...at(1), ...other }, -0.5);
      await turns.add('of another space', { ...at(2), conversation: away }, 0);
      await turns.add('not rated', at(2));
      await subject.reopen();
      const found = await policies().outcomes(ofTeam, sampleAt, 9);
      expect(found).toEqual([
        { turnId: 'first', ...other, value: -0.5, at: sampleAt + 1 },
        {
          turnId: 'third',
          conversationKey: sampleTurn('x').conversationKey,
          sessionId: 'session-1',
          askerId: sampleTurn('x').askerId,
          policy: 'gpt-5-mini',
          value: 1,
          at: sampleAt + 3,
        },
      ]);
      const names = async (scope: PolicyScope, since: number, limit: number): Promise<readonly string[]> =>
        (await policies().outcomes(scope, since, limit)).map((one) => one.turnId);
      expect(await names(everywhere, sampleAt, 9)).toEqual(['first', 'of another space', 'third']);
      expect(await names(everywhere, sampleAt - 1, 2)).toEqual(['early', 'first']);
      expect(await names(ofTeam, sampleAt + 3, 9)).toEqual(['third']);
      expect(await names(ofTeam, sampleAt + 4, 9)).toEqual([]);
    });

    test('held-out turns are delivered answers of the main line kept out of learning, the newest first', async () => {
      const { turns } = subject.stores;
      const heldOut = { isHoldOut: true };
      await turns.add('first', heldOut);
      await turns.add('second', { ...heldOut, ...at(-9) }, 1);
      await turns.add('of another space', { ...heldOut, conversation: away });
      await turns.add('learned from', {});
      await turns.add('side', { ...heldOut, line: 'side' });
      await turns.add('failed', heldOut, undefined, { state: 'failed' });
      await turns.add('empty', heldOut, undefined, { replyText: '' });
      await turns.add('of a program', { ...heldOut, conversation: program });
      await turns.add('third', heldOut);
      await add('p1');
      await add('p2');
      await subject.reopen();
      expect(await policies().heldOut(ofTeam, p1, 9, ['api'])).toEqual(['third', 'second', 'first']);
      expect(await policies().heldOut(everywhere, p1, 3, ['api'])).toEqual([
        'third',
        'of another space',
        'second',
      ]);
      await policies().addComparison(p1, { turnId: turnId('third'), outcome: 'tie', at: sampleAt });
      expect(await policies().heldOut(ofTeam, p1, 1, ['api'])).toEqual(['second']);
      expect(await policies().heldOut(ofTeam, p2, 1, ['api'])).toEqual(['third']);
      const withPrograms = ['third', 'of a program', 'of another space', 'second', 'first'];
      expect(await policies().heldOut(everywhere, p2, 9, [])).toEqual(withPrograms);
      expect(await policies().heldOut(everywhere, p2, 9, ['x', 'web'])).toEqual(['of a program']);
      expect(
        await policies().heldOut({ kind: 'space', spaceId: spaceId('web', 'x') }, p1, 9, ['api']),
      ).toEqual([]);
    });
  });
}
