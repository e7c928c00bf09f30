import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spaceId, type TurnId, turnId } from '../../core/domain/ids.ts';
import { policyId, runId } from '../../core/domain/policy.ts';
import type { RunSample, RunStep } from '../../core/domain/training-run.ts';
import type { RunEnd, RunStore } from '../../core/ports/run-store.ts';
import { everywhere, ofTeam, planned, sampleRun } from './run-samples.ts';
import type { SampleTable } from './sample-table.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleConversation } from './store-samples.ts';

export interface RunsUnderTest {
  readonly runs: RunStore;
  readonly table: SampleTable;
}

/** What every `RunStore` promises. */
export function runStoreContract(contract: StoreContract<RunsUnderTest>): void {
  describe(`RunStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<RunsUnderTest>;
    const runs = (): RunStore => subject.stores.runs;
    const table = (): SampleTable => subject.stores.table;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const [r1, r2, unknown] = [runId('r1'), runId('r2'), runId('unknown')];
    const error = (code: string): object => ({ name: 'AppError', code });
    const add = (...names: readonly string[]): Promise<readonly TurnId[]> =>
      Promise.all(names.map((name) => table().add(name)));
    const ready = (scope = everywhere): Promise<readonly TurnId[]> => runs().ready(scope, '', 99);
    const brief = (samples: readonly RunSample[]): readonly unknown[] =>
      samples.map((one) => [one.turnId, one.status, ...(one.reason === undefined ? [] : [one.reason])]);
    const statuses = async (id = r1): Promise<readonly unknown[]> => brief(await runs().samples(id));
    const stateOf = async (id: string): Promise<string | undefined> =>
      (await table().of(turnId(id), 'weights'))?.state;
    const done = (step: number, changes: Partial<RunStep> = {}) => ({
      step,
      metrics: {},
      startedAt: sampleAt,
      endedAt: sampleAt + 9,
      ...changes,
      state: 'done' as const,
    });
    const skipped = (step: number, reason: string) => ({ ...done(step), state: 'skipped' as const, reason });
    const end = (changes: Partial<RunEnd> = {}, id = r1): Promise<boolean> =>
      runs().end(id, { state: 'done', at: sampleAt + 99, ...changes });
    const candidateId = policyId('candidate');

    describe('a run', () => {
      test('is stored whole as running, numbered from 1, and found again', async () => {
        const run = await runs().begin(sampleRun('r1'), []);
        const { runId: _, ...rest } = sampleRun('r1');
        const spend = { calls: 0, tokens: 0, micros: 0 };
        expect(run).toEqual({ runId: 'r1', number: 1, state: 'running', spend, ...rest });
        await subject.reopen();
        expect(await runs().get(r1)).toEqual(run);
        expect(await runs().byNumber(1)).toEqual(run);
        expect(await runs().unfinished()).toEqual(run);
        expect(await runs().get(unknown)).toBeUndefined();
        expect(await runs().byNumber(2)).toBeUndefined();
        expect(await runs().samples(unknown)).toEqual([]);
        expect(await runs().steps(unknown)).toEqual([]);
      });

      test('without its optional parts has none', async () => {
        const { parentId: _, askedBy: __, ...least } = sampleRun('r1', { scope: ofTeam });
        const run = await runs().begin(least, []);
        await subject.reopen();
        expect(run.scope).toEqual(ofTeam);
        for (const key of ['parentId', 'askedBy', 'reason', 'progress', 'candidateId', 'endedAt']) {
          expect(await runs().get(r1)).not.toHaveProperty(key);
        }
      });

      test.each([
        ['the same one', ofTeam, ofTeam],
        ['everywhere beside that of a space', everywhere, ofTeam],
        ['a space beside that of everywhere', ofTeam, everywhere],
        ['everywhere', everywhere, everywhere],
      ] as const)('cannot begin beside one with spaces in common: %s', async (_, scope, present) => {
        await runs().begin(sampleRun('r1', { scope: present }), []);
        const other = (): Promise<unknown> => runs().begin(sampleRun('r2', { scope }), []);
        await expect(other()).rejects.toMatchObject(error('conflict'));
        await runs().setState(r1, 'paused');
        await expect(other()).rejects.toMatchObject({
          ...error('conflict'),
          message: expect.stringContaining('Run 1'),
        });
        expect(await runs().get(r2)).toBeUndefined();
        await end();
        expect(await other()).toMatchObject({ number: 2 });
      });

      test('begins beside one of another space, and each is found by itself', async () => {
        const [id] = await add('t1');
        await table().add('t2', spaceId('web', 'away'));
        const away = { kind: 'space', spaceId: spaceId('web', 'away') } as const;
        await runs().begin(sampleRun('r2', { scope: away }), [planned('t1'), planned('t2')]);
        await runs().begin(sampleRun('r1', { scope: ofTeam }), [planned('t1'), planned('t2')]);
        await subject.reopen();
        expect((await runs().allUnfinished()).map(({ runId: of }) => of)).toEqual([r2, r1]);
        expect((await runs().unfinished())?.runId).toBe(r2);
        expect((await runs().unfinished(ofTeam))?.runId).toBe(r1);
        expect((await runs().unfinished(away))?.runId).toBe(r2);
        expect(await runs().unfinished(everywhere)).toBeUndefined();
        expect(await statuses(r1)).toEqual([
          [id, 'leased'],
          ['t2', 'left_out', 'not_free'],
        ]);
        expect(await statuses(r2)).toEqual([
          ['t1', 'left_out', 'not_free'],
          ['t2', 'leased'],
        ]);
        await end({}, r2);
        expect((await runs().allUnfinished()).map(({ runId: of }) => of)).toEqual([r1]);
        expect(await runs().unfinished(away)).toBeUndefined();
        expect(await ready()).toEqual(['t2']);
      });

      test('with a plan that cannot be read is refused, and nothing of it is stored', async () => {
        const [id] = await add('t1');
        const plan = { ...sampleRun('r1').plan, people: Number.NaN };
        const refused: readonly (readonly [string, Promise<unknown>])[] = [
          ['twice', runs().begin(sampleRun('r1'), [planned('t1', 1), planned('t1', 2)])],
          ['no number', runs().begin(sampleRun('r1', { plan }), [planned('t1')])],
          ['no step', runs().begin(sampleRun('r1'), [planned('t1', 0)])],
        ];
        for (const [what, result] of refused) {
          await expect(result, what).rejects.toMatchObject(error('invalid_input'));
        }
        expect(await runs().list(9)).toEqual([]);
        expect(await ready()).toEqual([id]);
        await runs().begin(sampleRun('r1'), []);
        await end();
        await expect(runs().begin(sampleRun('r1'), [])).rejects.toMatchObject(error('conflict'));
        await expect(runs().skip(sampleRun('r1'), 'x')).rejects.toMatchObject(error('conflict'));
      });

      test('that came to nothing is kept with its reason, ended, also beside one that runs', async () => {
        await runs().begin(sampleRun('r1'), []);
        const run = await runs().skip(sampleRun('r2', { startedAt: sampleAt + 5 }), 'too_few_samples');
        const ended = { state: 'skipped', reason: 'too_few_samples', endedAt: sampleAt + 5 };
        expect(run).toMatchObject({ number: 2, ...ended });
        await subject.reopen();
        expect(await runs().get(r2)).toEqual(run);
        expect(await runs().unfinished()).toMatchObject({ runId: 'r1' });
      });

      test('is listed with the others, the newest first, of one scope where asked', async () => {
        for (const [id, scope] of [
          ['a', everywhere],
          ['b', ofTeam],
          ['c', everywhere],
        ] as const) {
          await runs().skip(sampleRun(id, { scope }), 'x');
        }
        const names = async (...args: Parameters<RunStore['list']>): Promise<readonly string[]> =>
          (await runs().list(...args)).map((run) => run.runId);
        expect(await names(9)).toEqual(['c', 'b', 'a']);
        expect(await names(2)).toEqual(['c', 'b']);
        expect(await names(9, everywhere)).toEqual(['c', 'a']);
        expect(await names(9, ofTeam)).toEqual(['b']);
        expect(await names(1, everywhere)).toEqual(['c']);
      });

      test('is the latest of its kind and scope, whatever else was tried; also of those that had begun', async () => {
        const latest = async (...args: Parameters<RunStore['latest']>): Promise<string | undefined> =>
          (await runs().latest(...args))?.runId;
        expect(await latest(ofTeam, 'weights')).toBeUndefined();
        await runs().begin(sampleRun('a', { scope: ofTeam }), []);
        await end({ state: 'failed', reason: 'engine_failed' }, runId('a'));
        await runs().skip(sampleRun('b', { scope: ofTeam }), 'x');
        await runs().begin(sampleRun('c', { scope: ofTeam, kind: 'wording' }), []);
        for (let at = 0; at < 60; at += 1) await runs().skip(sampleRun(`other ${at}`), 'x');
        await subject.reopen();
        expect(await latest(ofTeam, 'weights')).toBe('b');
        expect(await latest(ofTeam, 'weights', 'begun')).toBe('a');
        expect(await latest(ofTeam, 'wording', 'begun')).toBe('c');
        expect(await latest(everywhere, 'weights')).toBe('other 59');
        expect(await latest(everywhere, 'weights', 'begun')).toBeUndefined();
        expect(await latest(ofTeam, 'provider')).toBeUndefined();
      });

      test('that can be read is not ended as one that cannot', async () => {
        await runs().begin(sampleRun('r1'), []);
        expect(await runs().endUnreadable('unreadable', sampleAt)).toBe(false);
        expect(await runs().unfinished()).toMatchObject({ runId: 'r1' });
      });

      test('pauses and goes on while it is unfinished, with a reason while there is one', async () => {
        await runs().begin(sampleRun('r1'), []);
        expect(await runs().setState(r1, 'paused', 'window_closed')).toBe(true);
        expect(await runs().unfinished()).toMatchObject({ state: 'paused', reason: 'window_closed' });
        expect(await runs().setState(r1, 'running')).toBe(true);
        expect(await runs().get(r1)).toMatchObject({ state: 'running' });
        expect(await runs().get(r1)).not.toHaveProperty('reason');
        expect(await runs().setState(unknown, 'paused')).toBe(false);
        await end();
        expect(await runs().setState(r1, 'running')).toBe(false);
        expect(await runs().get(r1)).toMatchObject({ state: 'done' });
      });

      test('remembers what its driver wrote last', async () => {
        await runs().begin(sampleRun('r1'), []);
        for (const progress of ['{"at":1}', '{"at":2}']) await runs().setProgress(r1, progress);
        await subject.reopen();
        expect((await runs().get(r1))?.progress).toBe('{"at":2}');
        await expect(runs().setProgress(unknown, '')).rejects.toMatchObject(error('not_found'));
      });

      test('ends once', async () => {
        await runs().begin(sampleRun('r1'), []);
        await runs().setState(r1, 'paused', 'window_closed');
        expect(await end({ candidateId })).toBe(true);
        await subject.reopen();
        const run = await runs().get(r1);
        expect(run).toMatchObject({ state: 'done', candidateId, endedAt: sampleAt + 99 });
        expect(run).not.toHaveProperty('reason');
        expect(await runs().unfinished()).toBeUndefined();
        expect(await end({ state: 'failed', reason: 'engine_failed' })).toBe(false);
        expect(await runs().get(r1)).toEqual(run);
        expect(await end({}, unknown)).toBe(false);
        await runs().begin(sampleRun('r2'), []);
        await end({ state: 'cancelled', reason: 'person_cancelled' }, r2);
        expect(await runs().get(r2)).toMatchObject({ state: 'cancelled', reason: 'person_cancelled' });
      });
    });

    describe('what is ready', () => {
      test('is settled as a sample, of the scope, page by page', async () => {
        const away = spaceId('web', 'away');
        await table().add('t4', away);
        await add('t3', 't1', 't2');
        await table().say(turnId('t3'));
        await subject.reopen();
        expect(await ready()).toEqual(['t1', 't2', 't4']);
        expect(await ready(ofTeam)).toEqual(['t1', 't2']);
        expect(await ready({ kind: 'space', spaceId: away })).toEqual(['t4']);
        expect(await runs().spacesReady()).toEqual([away, sampleConversation.spaceId]);
        expect(await runs().ready(everywhere, 't1', 1)).toEqual(['t2']);
        expect(await runs().ready(ofTeam, 't1', 9)).toEqual(['t2']);
      });

      test('was not dropped, not used, and made no skill', async () => {
        const names = ['free', 'consumed', 'dropped', 'used', 'made a skill'];
        const [free, consumed, dropped, used, made] = await add(...names);
        await table().change([consumed!], [dropped!]);
        await table().markUsed(used!);
        await table().markUsed(made!, 'skills');
        await subject.reopen();
        for (const scope of [everywhere, ofTeam]) expect(await ready(scope)).toEqual([free]);
        await table().change([], [free!]);
        expect(await runs().spacesReady()).toEqual([]);
      });

      test('is in no unfinished run', async () => {
        await add('t1', 't2', 't3', 't4');
        await runs().begin(sampleRun('r1'), [planned('t1', 1), planned('t2', 2), planned('t3', 2)]);
        for (const scope of [everywhere, ofTeam]) expect(await ready(scope)).toEqual(['t4']);
        await runs().leaveOut(r1, [turnId('t3')], 'too_long');
        for (const scope of [everywhere, ofTeam]) expect(await ready(scope)).toEqual(['t3', 't4']);
        await end();
        expect(await ready()).toEqual(['t1', 't2', 't3', 't4']);
      });
    });

    describe('samples of a run', () => {
      test('are given whole, by step and place', async () => {
        await add('t1', 't2', 't3');
        const plan = [planned('t3', 2), planned('t2', 1, { value: 1 }), planned('t1', 2, { weight: 0.1 })];
        await runs().begin(sampleRun('r1'), plan);
        await subject.reopen();
        const leased = { status: 'leased' };
        expect(await runs().samples(r1)).toEqual([
          { ...plan[1], ...leased },
          { ...plan[0], ...leased },
          { ...plan[2], ...leased },
        ]);
        expect(await stateOf('t1')).toBe('settled');
      });

      test('are left out from the start where they are no longer ready, or of another revision', async () => {
        const names = ['open', 'consumed', 'dropped', 'used', 'made', 'other', 'free'] as const;
        const [open, consumed, dropped, used, made] = await add(...names);
        await table().add('away', spaceId('web', 'away'));
        await table().say(open!);
        await table().change([consumed!], [dropped!]);
        await table().markUsed(used!);
        await table().markUsed(made!, 'skills');
        await table().say(turnId('other'));
        await table().settle(turnId('other'));
        const plan = ['unknown', 'away', ...names].map((name) => planned(name));
        await runs().begin(sampleRun('r1', { scope: ofTeam }), plan);
        await subject.reopen();
        expect(await statuses()).toEqual(
          plan.map(({ turnId: id }) => (id === 'free' ? [id, 'leased'] : [id, 'left_out', 'not_free'])),
        );
        expect(await ready()).toEqual(['away', 'other']);
      });

      test('are claimed when their step begins, and again where it had begun', async () => {
        await add('t1', 't2', 't3');
        await runs().begin(sampleRun('r1'), [planned('t2'), planned('t3', 2), planned('t1')]);
        const claimed = await runs().claim(r1, 1, sampleAt + 1);
        expect(claimed).toEqual([
          { ...planned('t2'), status: 'claimed' },
          { ...planned('t1'), status: 'claimed' },
        ]);
        expect(await Promise.all(['t1', 't2', 't3'].map(stateOf))).toEqual(['used', 'used', 'settled']);
        await subject.reopen();
        expect(await runs().claim(r1, 1, sampleAt + 5)).toEqual(claimed);
        expect(await runs().steps(r1)).toEqual([
          { step: 1, state: 'begun', metrics: {}, startedAt: sampleAt + 1 },
        ]);
        expect(await runs().claim(r1, 3, sampleAt)).toEqual([]);
      });

      test('that changed since they were leased are left out of their step', async () => {
        const names = ['said', 'settled anew', 'consumed', 'dropped', 'made', 'same'];
        const [said, anew, consumed, dropped, made] = await add(...names);
        await runs().begin(
          sampleRun('r1'),
          names.map((name) => planned(name)),
        );
        for (const id of [said!, anew!]) await table().say(id);
        await table().settle(anew!);
        await table().change([consumed!], [dropped!]);
        await table().markUsed(made!, 'skills');
        await subject.reopen();
        expect(brief(await runs().claim(r1, 1, sampleAt))).toEqual([['same', 'claimed']]);
        expect(await statuses()).toEqual([
          ...names.slice(0, 5).map((name) => [name, 'left_out', 'changed']),
          ['same', 'claimed'],
        ]);
        expect(await ready()).toEqual(['settled anew']);
      });

      test('are trained by a step that is done', async () => {
        await add('t1', 't2');
        await runs().begin(sampleRun('r1'), [planned('t1'), planned('t2')]);
        await runs().claim(r1, 1, sampleAt + 1);
        await runs().leaveOut(r1, [turnId('t2')], 'too_long');
        const metrics = {
          reward: 0.5,
          loss: 1,
          kl: 0.1,
          klBase: 0,
          entropy: 2,
          ess: 0.9,
          answers: 1,
          tokens: 7,
        };
        const step = done(1, { metrics, statePath: 'engine://state', startedAt: sampleAt + 1 });
        await runs().finishStep(r1, step);
        await subject.reopen();
        expect(await statuses()).toEqual([
          ['t1', 'trained'],
          ['t2', 'left_out', 'too_long'],
        ]);
        expect(await runs().steps(r1)).toEqual([step]);
        expect(await stateOf('t1')).toBe('used');
        await runs().leaveOut(r1, [turnId('t1'), turnId('t2'), turnId('unknown')], 'late');
        expect(await statuses()).toEqual([
          ['t1', 'trained'],
          ['t2', 'left_out', 'too_long'],
        ]);
      });

      test('are free again after a step that was skipped, with its reason', async () => {
        await add('t1', 't2');
        await runs().begin(sampleRun('r1'), [planned('t1'), planned('t2')]);
        await runs().claim(r1, 1, sampleAt);
        await runs().leaveOut(r1, [turnId('t2')], 'too_long');
        await runs().finishStep(r1, skipped(1, 'low_ess'));
        await subject.reopen();
        expect(await statuses()).toEqual([
          ['t1', 'left_out', 'low_ess'],
          ['t2', 'left_out', 'too_long'],
        ]);
        expect(await runs().steps(r1)).toEqual([skipped(1, 'low_ess')]);
        expect(await ready()).toEqual(['t1', 't2']);
      });

      test('a number that could not be told is no part of a step', async () => {
        await runs().begin(sampleRun('r1'), []);
        await runs().claim(r1, 1, sampleAt);
        const metrics = { loss: Number.NaN, kl: Number.POSITIVE_INFINITY, reward: 1 };
        await runs().finishStep(r1, done(1, { metrics }));
        await subject.reopen();
        expect((await runs().steps(r1))[0]?.metrics).toEqual({ reward: 1 });
      });

      test('a step that has ended or never began cannot end, and none begins in a run that has ended', async () => {
        await runs().begin(sampleRun('r1'), []);
        const conflict = error('conflict');
        await expect(runs().finishStep(r1, done(1))).rejects.toMatchObject(conflict);
        await runs().claim(r1, 1, sampleAt);
        await runs().finishStep(r1, done(1));
        await expect(runs().finishStep(r1, skipped(1, 'x'))).rejects.toMatchObject(conflict);
        await expect(runs().claim(r1, 1, sampleAt)).rejects.toMatchObject(conflict);
        await runs().claim(r1, 2, sampleAt);
        await end();
        await expect(runs().claim(r1, 3, sampleAt)).rejects.toMatchObject(conflict);
        await expect(runs().finishStep(r1, done(2))).rejects.toMatchObject(conflict);
        expect((await runs().steps(r1)).map(({ state }) => state)).toEqual(['done', 'begun']);
        for (const call of [
          () => runs().claim(unknown, 1, sampleAt),
          () => runs().finishStep(unknown, done(1)),
          () => runs().leaveOut(unknown, [], 'x'),
        ]) {
          await expect(call()).rejects.toMatchObject(error('not_found'));
        }
      });

      test('stay used for good where the run made a policy; what it did not train is free', async () => {
        await add('t1', 't2', 't3');
        await runs().begin(sampleRun('r1'), [planned('t1'), planned('t2', 2), planned('t3', 3)]);
        await runs().claim(r1, 1, sampleAt);
        await runs().finishStep(r1, done(1));
        await runs().claim(r1, 2, sampleAt);
        expect(await runs().trainedOn(turnId('t1'))).toEqual([]);
        await end({ candidateId });
        await subject.reopen();
        expect(await statuses()).toEqual([
          ['t1', 'trained'],
          ['t2', 'left_out', 'run_ended'],
          ['t3', 'left_out', 'run_ended'],
        ]);
        expect(await stateOf('t1')).toBe('used');
        expect(await ready()).toEqual(['t2', 't3']);
        expect(await runs().trainedOn(turnId('t1'))).toEqual([candidateId]);
        expect(await runs().trainedOn(turnId('t2'))).toEqual([]);
      });

      test('of steps that the policy is not made of are free again, with the reason of the end', async () => {
        await add('t1', 't2', 't3', 't4');
        await runs().begin(sampleRun('r1'), [
          planned('t1'),
          planned('t2', 2),
          planned('t3', 3),
          planned('t4', 4),
        ]);
        for (const step of [1, 2, 3]) {
          await runs().claim(r1, step, sampleAt);
          await runs().finishStep(r1, done(step));
        }
        await end({ candidateId, reason: 'kl_stop', keepsSteps: 1 });
        await subject.reopen();
        expect(await statuses()).toEqual([
          ['t1', 'trained'],
          ['t2', 'left_out', 'kl_stop'],
          ['t3', 'left_out', 'kl_stop'],
          ['t4', 'left_out', 'run_ended'],
        ]);
        expect(await ready()).toEqual(['t2', 't3', 't4']);
        expect(await stateOf('t1')).toBe('used');
        expect(await runs().trainedOn(turnId('t2'))).toEqual([]);
        expect(await runs().get(r1)).toMatchObject({ state: 'done', reason: 'kl_stop', candidateId });
      });

      test('are all free where it made none, whatever it would have kept', async () => {
        await add('t1');
        await runs().begin(sampleRun('r1'), [planned('t1')]);
        await runs().claim(r1, 1, sampleAt);
        await runs().finishStep(r1, done(1));
        await end({ state: 'skipped', reason: 'kl_stop', keepsSteps: 1 });
        expect(await ready()).toEqual(['t1']);
      });

      test('are all free where it made none, and may be trained again', async () => {
        await add('t1', 't2', 't3');
        const plan = [planned('t1'), planned('t2', 2), planned('t3', 3)];
        await runs().begin(sampleRun('r1'), plan);
        await runs().claim(r1, 1, sampleAt);
        await runs().finishStep(r1, done(1));
        await runs().claim(r1, 2, sampleAt);
        await end({ state: 'failed', reason: 'engine_failed' });
        await subject.reopen();
        expect(await statuses()).toEqual(plan.map(({ turnId: id }) => [id, 'left_out', 'run_ended']));
        expect(await ready()).toEqual(['t1', 't2', 't3']);
        await runs().begin(sampleRun('r2'), plan);
        expect(brief(await runs().claim(r2, 1, sampleAt))).toEqual([['t1', 'claimed']]);
      });
    });

    describe('a claimed sample that is freed', () => {
      type Free = () => Promise<unknown>;
      const ways: readonly (readonly [string, Free])[] = [
        ['left out', () => runs().leaveOut(r1, [turnId('t1')], 'too_long')],
        ['by a skipped step', () => runs().finishStep(r1, skipped(1, 'low_ess'))],
        ['by an end', () => end({ candidateId })],
        [
          'by an end after it was trained',
          () =>
            runs()
              .finishStep(r1, done(1))
              .then(() => end()),
        ],
      ];
      beforeEach(async () => {
        await add('t1');
        await table().say(turnId('t1'));
        await table().settle(turnId('t1'));
        await table().change();
        await runs().begin(sampleRun('r1'), [planned('t1', 1, { revision: 1 })]);
        await runs().claim(r1, 1, sampleAt);
      });

      test.each(ways)('%s is the sample that it was where nothing happened meanwhile', async (_, free) => {
        const before = await table().of(turnId('t1'), 'weights');
        await subject.reopen();
        await free();
        expect(await table().of(turnId('t1'), 'weights')).toEqual({ ...before, state: 'settled' });
        expect(await ready()).toEqual(['t1']);
      });

      test.each(ways)('%s settles anew where something was said meanwhile', async (_, free) => {
        await table().say(turnId('t1'));
        expect(await table().of(turnId('t1'), 'weights')).toMatchObject({ state: 'used', lateSignals: 1 });
        await subject.reopen();
        await free();
        const opened = await table().of(turnId('t1'), 'weights');
        expect(opened).toMatchObject({ state: 'open', revision: 2, lateSignals: 0 });
        expect(opened?.dueAt).toBeLessThanOrEqual(sampleAt);
        expect(await ready()).toEqual([]);
        await table().settle(turnId('t1'));
        expect(await ready()).toEqual(['t1']);
      });

      test('as changed settles anew, also where nothing happened since it was claimed', async () => {
        await runs().leaveOut(r1, [turnId('t1')], 'changed');
        await subject.reopen();
        const opened = await table().of(turnId('t1'), 'weights');
        expect(opened).toMatchObject({ state: 'open', revision: 2, lateSignals: 0 });
        expect(opened?.dueAt).toBeLessThanOrEqual(sampleAt);
        expect(await ready()).toEqual([]);
      });

      test.each(ways)('%s settles anew where the library changed meanwhile', async (_, free) => {
        await table().change([turnId('t1')], [turnId('t1')]);
        expect(await stateOf('t1')).toBe('used');
        await subject.reopen();
        await free();
        const opened = await table().of(turnId('t1'), 'weights');
        expect(opened).toMatchObject({ state: 'open', revision: 2 });
        expect(opened).not.toHaveProperty('droppedBy');
        expect((await table().of(turnId('t1'), 'skills'))?.state).not.toBe('used');
      });
    });

    describe('what runs cost', () => {
      const reserve = (micros: number, cap?: number, id = r1, since = sampleAt): Promise<boolean> =>
        runs().reserve(id, { tokens: 10, micros }, since, cap);

      test('is added call by call up to the cap, over all runs since an instant', async () => {
        await runs().skip(sampleRun('before', { startedAt: sampleAt - 1 }), 'x');
        await runs().skip(sampleRun('other'), 'x');
        await runs().begin(sampleRun('r1'), []);
        expect(await reserve(1_000, undefined, runId('before'))).toBe(true);
        expect(await reserve(60, 100, runId('other'))).toBe(true);
        expect(await reserve(41, 100)).toBe(false);
        expect(await reserve(40, 100)).toBe(true);
        expect(await reserve(1, 100)).toBe(false);
        expect(await reserve(0.5, undefined)).toBe(true);
        await subject.reopen();
        expect((await runs().get(r1))?.spend).toEqual({ calls: 2, tokens: 20, micros: 40.5 });
        expect(await runs().spentSince(sampleAt)).toBe(100.5);
        expect(await runs().spentSince(sampleAt - 1)).toBe(1_100.5);
        expect(await runs().spentSince(sampleAt + 1)).toBe(0);
      });

      test('of a run that began before that instant keeps to the cap as well', async () => {
        await runs().begin(sampleRun('r1'), []);
        expect(await reserve(100, 100, r1, sampleAt + 1)).toBe(true);
        expect(await reserve(1, 100, r1, sampleAt + 1)).toBe(false);
      });

      test('is given back for a call that was not made, and never more than was taken', async () => {
        await runs().begin(sampleRun('r1'), []);
        await reserve(60);
        await reserve(40);
        await runs().refund(r1, { tokens: 10, micros: 40 });
        await subject.reopen();
        expect((await runs().get(r1))?.spend).toEqual({ calls: 1, tokens: 10, micros: 60 });
        expect(await reserve(40, 100)).toBe(true);
        for (const _ of [1, 2, 3]) await runs().refund(r1, { tokens: 99, micros: 99 });
        expect((await runs().get(r1))?.spend).toEqual({ calls: 0, tokens: 0, micros: 0 });
        for (const micros of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
          const refused = runs().refund(r1, { tokens: 1, micros });
          await expect(refused).rejects.toMatchObject(error('invalid_input'));
        }
        const missing = runs().refund(unknown, { tokens: 1, micros: 1 });
        await expect(missing).rejects.toMatchObject(error('not_found'));
      });

      test('must be an amount, of a run that is there', async () => {
        await runs().begin(sampleRun('r1'), []);
        for (const micros of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
          await expect(reserve(micros)).rejects.toMatchObject(error('invalid_input'));
        }
        await expect(reserve(1, 9, unknown)).rejects.toMatchObject(error('not_found'));
        expect((await runs().get(r1))?.spend.calls).toBe(0);
      });
    });
  });
}
