import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrations } from '../../../adapters/sqlite/migrations.ts';
import type { SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { type TurnId, turnId } from '../../../core/domain/ids.ts';
import { policyId, runId } from '../../../core/domain/policy.ts';
import { everywhere, planned, sampleRun } from '../../contract/run-samples.ts';
import { sampleTableOf } from '../../contract/sample-table.ts';
import { sampleAt } from '../../contract/store-samples.ts';
import { type Folder, makeFolder, type OpenStores, openAt } from './rig.ts';

let folder: Folder;
let path: string;
let open: OpenStores;
beforeEach(() => {
  folder = makeFolder();
  path = folder.file('state.db');
  open = openAt(path);
});
afterEach(() => {
  open.database.close();
  folder.remove();
});

/** Everything that runs and policies change in the file. */
function contents(): readonly unknown[] {
  const tables = ['training_runs', 'run_samples', 'run_steps', 'settlements', 'policies'];
  const handle = new Database(path, { readonly: true });
  const rows = tables.map((table) => handle.prepare(`SELECT * FROM ${table}`).all());
  handle.close();
  return rows;
}

const [r1, r2] = [runId('r1'), runId('r2')];
const [served, next, third] = [policyId('served'), policyId('next'), policyId('third')];
const end = { step: 1, metrics: {}, startedAt: sampleAt, endedAt: sampleAt } as const;

/** Two samples claimed by a run, one of them with a late word, and a policy that serves. */
async function withRun({ stores }: OpenStores): Promise<void> {
  const table = sampleTableOf(() => stores);
  for (const name of ['t1', 't2', 't3']) await table.add(name);
  await stores.runs.begin(sampleRun('r1'), [planned('t1'), planned('t2'), planned('t3', 2)]);
  await stores.runs.claim(r1, 1, sampleAt);
  await table.say(turnId('t2'));
  for (const id of [served, next, third]) {
    const source = { kind: 'hosted_model', model: id } as const;
    await stores.policies.add({ policyId: id, scope: everywhere, source, runId: r1, createdAt: sampleAt });
  }
  await stores.policies.move(served, ['candidate'], { state: 'serving', at: sampleAt });
}

type Call = (stores: SqliteStores) => Promise<unknown>;
const samples: readonly TurnId[] = ['t1', 't2', 't3'].map(turnId);
const claimSecond: Call = ({ runs }) => runs.claim(r1, 2, sampleAt);
const leaveOut: Call = ({ runs }) => runs.leaveOut(r1, samples, 'too_long');
const finish: Call = ({ runs }) => runs.finishStep(r1, { ...end, state: 'done' });
const skip: Call = ({ runs }) => runs.finishStep(r1, { ...end, state: 'skipped', reason: 'low_ess' });
const endRun: Call = ({ runs }) => runs.end(r1, { state: 'done', at: sampleAt });
const supersede: Call = ({ policies }) =>
  policies.move(next, ['candidate'], { state: 'serving', at: sampleAt });
const takeBack: Call = ({ policies }) =>
  policies.move(served, ['serving'], { state: 'rolled_back', at: sampleAt, successor: next });
const begin: Call = async ({ runs }) => runs.begin(sampleRun('r2'), [planned('t3')]);

describe('a call of which one statement fails leaves everything as it was, and may be made again', () => {
  const faults: readonly (readonly [string, string, Call])[] = [
    ['claiming', 'INSERT ON run_steps', claimSecond],
    ['claiming', 'UPDATE ON settlements', claimSecond],
    ['claiming', 'UPDATE ON run_samples', claimSecond],
    ['leaving out', "UPDATE ON run_samples WHEN NEW.turn_id = 't3'", leaveOut],
    ['leaving out', "UPDATE ON settlements WHEN NEW.turn_id = 't2' AND NEW.state = 'open'", leaveOut],
    ['finishing a step', 'UPDATE ON run_samples', finish],
    ['skipping a step', "UPDATE ON settlements WHEN NEW.turn_id = 't2' AND NEW.state = 'open'", skip],
    ['ending', "UPDATE ON run_samples WHEN NEW.turn_id = 't3'", endRun],
    ['ending', "UPDATE ON settlements WHEN NEW.turn_id = 't1'", endRun],
    ['putting into service', "UPDATE ON policies WHEN NEW.state = 'serving'", supersede],
    ['taking back', "UPDATE ON policies WHEN NEW.policy_id = 'next'", takeBack],
  ];
  const fault = (statement: string): string => {
    const [event = '', condition] = statement.split(' WHEN ');
    const when = condition === undefined ? '' : `WHEN ${condition}`;
    return `CREATE TRIGGER fault BEFORE ${event} ${when} BEGIN SELECT RAISE(ABORT, 'a fault'); END`;
  };
  const run = (sql: string): unknown => open.database.attempt(() => open.database.statement<[]>(sql).run());

  async function fails(statement: string, call: Call): Promise<void> {
    run(fault(statement));
    const before = contents();
    await expect(call(open.stores)).rejects.toMatchObject({ name: 'AppError' });
    expect(contents()).toEqual(before);
    run('DROP TRIGGER fault');
    await call(open.stores);
    expect(contents()).not.toEqual(before);
    expect(open.database.integrityFaults()).toEqual([]);
  }

  test.each(faults)('%s: %s', async (_, statement, call) => {
    await withRun(open);
    await fails(statement, call);
  });

  test('beginning', async () => {
    await withRun(open);
    await endRun(open.stores);
    await fails('INSERT ON run_samples', begin);
    expect(await open.stores.runs.unfinished()).toMatchObject({ runId: r2 });
  });
});

describe('the file itself refuses', () => {
  beforeEach(() => withRun(open));

  test.each([
    [
      'a second unfinished run',
      "INSERT INTO training_runs SELECT 9, 'r9', scope, kind, methods, state, reason, parent_id, generation, plan, progress, calls, tokens, micros, candidate_id, started_at, ended_at, asked_by, is_begun FROM training_runs",
    ],
    ['an end without its instant', "UPDATE training_runs SET state = 'done'"],
    [
      'a sample in two runs',
      "INSERT INTO run_samples SELECT 'r0', turn_id, step, place, revision, value, weight, baseline, status, reason, claimed_late_signals, claimed_generation FROM run_samples WHERE turn_id = 't1'",
    ],
    ['a second policy that serves', "UPDATE policies SET state = 'serving' WHERE policy_id = 'next'"],
  ])('%s', async (_, sql) => {
    await open.stores.runs.skip(sampleRun('r0'), 'x');
    const handle = new Database(path);
    expect(() => handle.prepare(sql).run()).toThrow(/constraint failed/);
    handle.close();
  });
});

test('a plan that names an answer twice is told from other faults', async () => {
  await expect(open.stores.runs.begin(sampleRun('r1'), [planned('t1'), planned('t1', 2)])).rejects.toThrow(
    'twice',
  );
});

test('samples from before there were runs are ready', async () => {
  const older = folder.file('older.db');
  const steps = migrations.findIndex(({ name }) => name === 'runs and policies');
  const before = openAt(older, { migrations: migrations.slice(0, steps) });
  await sampleTableOf(() => before.stores).add('t1');
  before.database.close();
  const after = openAt(older);
  expect(await after.stores.runs.ready(everywhere, '', 9)).toEqual(['t1']);
  expect(await after.stores.policies.serving()).toEqual([]);
  after.database.close();
});
