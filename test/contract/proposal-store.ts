import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId, spaceId, turnId } from '../../core/domain/ids.ts';
import type { SkillOperation } from '../../core/domain/skill-operation.ts';
import type { EvolverRun, NewProposal, ProposalStore } from '../../core/ports/proposal-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import {
  sampleAt,
  sampleConversation,
  sampleKey,
  sampleRef,
  sampleScopes,
  skillName,
} from './store-samples.ts';

interface Stores {
  readonly proposals: ProposalStore;
}

const draft = {
  name: 'Not a name yet!',
  description: 'Use it for "tables".',
  triggers: ['table', ''],
  body: '# Tables\n\nKeep the header. 👩‍🚀',
};

const operations: readonly SkillOperation[] = [
  { op: 'add', draft, why: 'three people missed it' },
  { op: 'edit', name: skillName('a'), draft, why: 'too long' },
  { op: 'merge', names: [skillName('a'), skillName('b')], draft, why: 'they are one' },
  { op: 'split', name: skillName('a'), drafts: [draft, draft], why: 'they are two' },
  { op: 'retire', name: skillName('a'), why: 'nobody needs it' },
];

/** With every optional part. */
function sampleProposal(changes: Partial<NewProposal> = {}): NewProposal {
  return {
    spaceId: sampleConversation.spaceId,
    scope: sampleScopes.user,
    operation: { op: 'add', draft, why: 'three people missed it' },
    draftHash: 'd1',
    state: 'waiting',
    reason: 'too few to tell',
    trigger: 'threshold',
    topic: 'tables pdf',
    support: [turnId('t1'), turnId('t2')],
    withheld: [turnId('t3')],
    people: [personId('web', 'ann')],
    learnedFrom: { platforms: ['web'], authors: [personId('web', 'ann')], isPrivate: true },
    notes: [{ gate: 'secret', severity: 'warn', message: 'There is an address in it.' }],
    replay: {
      verdict: 'insufficient',
      failures: { wins: 1, ties: 0, losses: 0 },
      successes: { wins: 0, ties: 2, losses: 0 },
      weakBecause: ['the judge is the model that wrote it'],
      leftOut: { used_tools: 2 },
    },
    cost: { calls: 3, inputTokens: 1_200, outputTokens: 40 },
    model: 'gpt-5',
    createdAt: sampleAt + 0.5,
    decidedAt: sampleAt + 1,
    decidedBy: personId('web', 'bob'),
    generation: 4,
    card: sampleRef('card'),
    askedIn: sampleKey,
    ...changes,
  };
}

/** The same without any. */
function briefProposal(): NewProposal {
  const { reason, decidedAt, decidedBy, generation, card, askedIn, ...rest } = sampleProposal();
  return { ...rest, learnedFrom: { platforms: [], authors: [] }, scope: sampleScopes.global };
}

/** What every `ProposalStore` promises. */
export function proposalStoreContract(contract: StoreContract<Stores>): void {
  describe(`ProposalStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const proposals = (): ProposalStore => subject.stores.proposals;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const team = sampleConversation.spaceId;
    const away = spaceId('web', 'away');
    const numbers = (all: readonly { readonly number: number }[]): readonly number[] =>
      all.map(({ number }) => number);

    test('numbers proposals from 1 and gives them back whole, after a restart too', async () => {
      expect(await proposals().create(sampleProposal())).toBe(1);
      expect(await proposals().create(briefProposal())).toBe(2);
      await subject.reopen();
      expect(await proposals().get(1)).toEqual({
        ...sampleProposal(),
        number: 1,
        revision: expect.any(Number),
      });
      expect(await proposals().get(2)).toEqual({
        ...briefProposal(),
        number: 2,
        revision: expect.any(Number),
      });
      expect(await proposals().get(3)).toBeUndefined();
      expect(await proposals().create(briefProposal())).toBe(3);
    });

    test.each(operations)('keeps an operation as it is: $op', async (operation) => {
      const number = await proposals().create(sampleProposal({ operation }));
      await subject.reopen();
      expect((await proposals().get(number))?.operation).toEqual(operation);
    });

    test('a change of any part gives what it is then, and leaves the rest', async () => {
      await proposals().create(briefProposal());
      const before = await proposals().get(1);
      const patch = {
        scope: sampleScopes.conversation,
        operation: { op: 'retire', name: skillName('a'), why: 'nobody needs it' },
        draftHash: 'd2',
        state: 'applied',
        reason: 'a clause',
        notes: [],
        replay: { ...sampleProposal().replay, verdict: 'none' },
        cost: { calls: 9, inputTokens: 9, outputTokens: 9 },
        decidedAt: sampleAt + 2,
        decidedBy: personId('web', 'ann'),
        generation: 5,
        card: sampleRef('later'),
      } as const;
      const after = await proposals().update(1, before?.revision ?? -1, patch);
      expect(after).toEqual({ ...before, ...patch, revision: (before?.revision ?? 0) + 1 });
      await subject.reopen();
      expect(await proposals().get(1)).toEqual(after);
      const again = await proposals().update(1, after.revision, { state: 'undone' });
      expect(again).toEqual({ ...after, state: 'undone', revision: after.revision + 1 });
    });

    test('of two who decide at once one is late, and changes nothing', async () => {
      await proposals().create(sampleProposal());
      const revision = (await proposals().get(1))?.revision ?? -1;
      const both = await Promise.allSettled([
        proposals().update(1, revision, { state: 'applied' }),
        proposals().update(1, revision, { state: 'rejected' }),
      ]);
      expect(both).toMatchObject([
        { status: 'fulfilled', value: { state: 'applied' } },
        { status: 'rejected', reason: { name: 'AppError', code: 'conflict' } },
      ]);
      expect(await proposals().get(1)).toMatchObject({ state: 'applied' });
      await expect(proposals().update(2, 0, {})).rejects.toMatchObject({ code: 'not_found' });
    });

    test('is found by its card', async () => {
      await proposals().create(sampleProposal({ card: sampleRef('one') }));
      await proposals().create(briefProposal());
      await subject.reopen();
      expect(await proposals().byCard(sampleRef('one'))).toMatchObject({ number: 1 });
      expect(await proposals().byCard(sampleRef('two'))).toBeUndefined();
      expect(await proposals().byCard(sampleRef('one', 'elsewhere'))).toBeUndefined();
      const { revision } = (await proposals().get(2)) ?? { revision: -1 };
      await proposals().update(2, revision, { card: sampleRef('two') });
      expect(await proposals().byCard(sampleRef('two'))).toMatchObject({ number: 2 });
    });

    test('lists the newest first, by state and space, and counts', async () => {
      const put = (changes: Partial<NewProposal>): Promise<number> =>
        proposals().create(sampleProposal(changes));
      await put({ state: 'waiting' });
      await put({ state: 'refused' });
      await put({ state: 'waiting', spaceId: away });
      await put({ state: 'waiting' });
      await subject.reopen();
      expect(numbers(await proposals().list([], 9))).toEqual([4, 3, 2, 1]);
      expect(numbers(await proposals().list([], 2))).toEqual([4, 3]);
      expect(numbers(await proposals().list(['waiting'], 9))).toEqual([4, 3, 1]);
      expect(numbers(await proposals().list(['waiting', 'refused'], 9, team))).toEqual([4, 2, 1]);
      expect(numbers(await proposals().list([], 9, away))).toEqual([3]);
      expect(await proposals().list(['applied'], 9)).toEqual([]);
      const none = { waiting: 0, applied: 0, refused: 0, rejected: 0, undone: 0, stale: 0 };
      expect(await proposals().counts()).toEqual({ ...none, waiting: 3, refused: 1 });
      expect(await proposals().counts(team)).toEqual({ ...none, waiting: 2, refused: 1 });
      expect(await proposals().counts(spaceId('web', 'nowhere'))).toEqual(none);
    });

    test('keeps runs, the newest first', async () => {
      const run = (topic: string, changes: Partial<EvolverRun> = {}): EvolverRun => ({
        at: sampleAt,
        spaceId: team,
        scope: sampleScopes.conversation,
        trigger: 'command',
        topic,
        failures: 3,
        outcome: 'proposed',
        cost: { calls: 1, inputTokens: 2, outputTokens: 3 },
        proposals: [1, 2],
        ...changes,
      });
      const failed = run('b', {
        outcome: 'failed',
        errorCode: 'timeout',
        detail: 'no answer',
        proposals: [],
      });
      const elsewhere = run('c', { spaceId: away, outcome: 'nothing' });
      for (const one of [run('a'), failed, elsewhere]) await proposals().record(one);
      await subject.reopen();
      expect(await proposals().runs(9)).toEqual([elsewhere, failed, run('a')]);
      expect(await proposals().runs(1)).toEqual([elsewhere]);
      expect(await proposals().runs(9, team)).toEqual([failed, run('a')]);
      expect(await proposals().runs(9, spaceId('web', 'nowhere'))).toEqual([]);
    });

    test('counts calls by day, of several at once too', async () => {
      expect(await proposals().spend('2026-01-05', 0)).toBe(0);
      const sums = await Promise.all([2, 3, 1].map((calls) => proposals().spend('2026-01-05', calls)));
      expect(sums).toEqual([2, 5, 6]);
      await subject.reopen();
      expect(await proposals().spend('2026-01-05', 0)).toBe(6);
      expect(await proposals().spend('2026-01-06', 1)).toBe(1);
    });
  });
}
