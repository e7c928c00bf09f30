import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spaceId } from '../../../core/domain/ids.ts';
import { runId } from '../../../core/domain/policy.ts';
import { everywhere, ofTeam, planned, sampleRun } from '../../contract/run-samples.ts';
import { sampleTableOf } from '../../contract/sample-table.ts';
import { sampleAt } from '../../contract/store-samples.ts';
import { type OpenStores, openAt } from './rig.ts';

describe('an unfinished run of which the row is damaged', () => {
  let open: OpenStores;
  beforeEach(() => {
    open = openAt(':memory:');
  });
  afterEach(() => open.database.close());

  test.each(['methods', 'plan'])('ends as failed, and gives its samples back: %s', async (column) => {
    const { runs } = open.stores;
    const table = sampleTableOf(() => open.stores);
    for (const id of ['t1', 't2', 't3']) await table.add(id);
    await runs.begin(sampleRun('r1'), [planned('t1'), planned('t2', 2), planned('t3', 3)]);
    await runs.claim(runId('r1'), 1, sampleAt);
    await runs.finishStep(runId('r1'), { step: 1, state: 'done', metrics: {}, startedAt: sampleAt });
    await runs.claim(runId('r1'), 2, sampleAt);
    open.database.attempt(() =>
      open.database.statement<[]>(`UPDATE training_runs SET ${column} = '{'`).run(),
    );
    expect(await runs.unfinished()).toBeUndefined();
    await expect(runs.begin(sampleRun('r2'), [])).rejects.toMatchObject({ code: 'conflict' });
    expect(await runs.endUnreadable('unreadable', sampleAt + 5)).toBe(true);
    expect(await runs.endUnreadable('unreadable', sampleAt + 5)).toBe(false);
    expect(await runs.ready(everywhere, '', 9)).toEqual(['t1', 't2', 't3']);
    await runs.begin(sampleRun('r2'), []);
    expect(await runs.endUnreadable('unreadable', sampleAt + 5)).toBe(false);
    const [row] = open.database.attempt(() =>
      open.database
        .statement<[], object>("SELECT state, reason, ended_at FROM training_runs WHERE run_id = 'r1'")
        .all(),
    );
    expect(row).toEqual({ state: 'failed', reason: 'unreadable', ended_at: sampleAt + 5 });
  });

  test('is ended with all that are, and those that can be read go on', async () => {
    const { runs } = open.stores;
    const away = { kind: 'space', spaceId: spaceId('web', 'away') } as const;
    const further = { kind: 'space', spaceId: spaceId('web', 'further') } as const;
    await runs.begin(sampleRun('r1', { scope: away }), []);
    await runs.begin(sampleRun('r2', { scope: ofTeam }), []);
    await runs.begin(sampleRun('r3', { scope: further }), []);
    open.database.attempt(() =>
      open.database.statement<[]>("UPDATE training_runs SET plan = '{' WHERE run_id <> 'r2'").run(),
    );
    expect((await runs.allUnfinished()).map((run) => run.runId)).toEqual(['r2']);
    expect(await runs.unfinished(away)).toBeUndefined();
    expect(await runs.endUnreadable('unreadable', sampleAt + 5)).toBe(true);
    expect(await runs.endUnreadable('unreadable', sampleAt + 5)).toBe(false);
    expect(await runs.begin(sampleRun('r4', { scope: away }), [])).toMatchObject({ number: 4 });
    expect(await runs.unfinished(ofTeam)).toMatchObject({ runId: 'r2' });
  });
});
