import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type SqliteDatabase } from '../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../adapters/sqlite/stores.ts';
import { createSystemClock } from '../adapters/system/clock.ts';
import { createLogger } from '../adapters/system/logger.ts';
import { turnId } from '../core/domain/ids.ts';
import { foldReward } from '../core/domain/reward.ts';
import type { Signal } from '../core/domain/signal.ts';
import { verifyRewards } from '../core/feedback/verify-rewards.ts';
import type { BenchOutcome, BenchResult, BenchSize } from './lib/bench-report.ts';
import { type BareTable, openBareTable } from './lib/ledger/bare-table.ts';
import { askedAt, everybody, lateShare, signalAt, spaceOfAll, turnName } from './lib/ledger/feedback.ts';
import { fillTurns, settleAll } from './lib/ledger/fill.ts';
import { withScratchFolder } from './lib/scratch-folder.ts';
import { createSeededRandom, type SeededRandom } from './lib/seeded-random.ts';
import { percentile, resultOf } from './lib/statistics.ts';

interface Size {
  readonly turns: number;
  readonly signals: number;
  /** Stretches that the insert rate is taken of, ours and the bare table's in turn. */
  readonly rounds: number;
  readonly folds: number;
  readonly questions: number;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: { turns: 200_000, signals: 1_000_000, rounds: 10, folds: 20_000, questions: 200 },
  smoke: { turns: 40, signals: 200, rounds: 2, folds: 40, questions: 5 },
};

/** Signals of one moment, which share a commit. */
const commits = [1, 100] as const;
/** Rows of the rounds that commit one at a time: each waits for the disk. */
const loneRows = 300;
const bare = 'bare table, prepared statement';
const megabyte = 1024 * 1024;

async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Opens and closes the file anew: a close moves the whole log into it. */
function opener(path: string): () => { readonly database: SqliteDatabase; readonly stores: SqliteStores } {
  const clock = createSystemClock();
  const logger = createLogger({
    level: 'warn',
    plain: false,
    secrets: [],
    destination: process.stderr,
    clock,
  });
  return () => {
    const database = openDatabase({ path, logger, clock });
    return { database, stores: openStores(database) };
  };
}

async function insertOurs(stores: SqliteStores, rows: readonly Signal[], together: number): Promise<number> {
  const ms = await timedAsync(async () => {
    for (let from = 0; from < rows.length; from += together) {
      await Promise.all(rows.slice(from, from + together).map((row) => stores.ledger.append(row)));
    }
  });
  return rows.length / (ms / 1000);
}

async function insertBare(table: BareTable, rows: readonly Signal[], together: number): Promise<number> {
  const ms = await timedAsync(async () => {
    for (let from = 0; from < rows.length; from += together) table.insert(rows.slice(from, from + together));
  });
  return rows.length / (ms / 1000);
}

async function measureInserts(
  stores: SqliteStores,
  table: BareTable,
  size: Size,
  progress: (line: string) => void,
): Promise<readonly BenchResult[]> {
  const random = createSeededRandom(5);
  const rates = commits.map((together) => ({ together, ours: [] as number[], bare: [] as number[] }));
  let written = 0;
  for (let round = 1; round <= size.rounds; round += 1) {
    const until = Math.round((size.signals * round) / size.rounds);
    const rows = Array.from({ length: until - written }, (_, at) =>
      signalAt(written + at, size.signals, size.turns, random),
    );
    written = until;
    const lone = Math.min(loneRows, Math.floor(rows.length / 2));
    const parts = [rows.slice(0, lone), rows.slice(lone)];
    for (const [at, { together, ours, bare: others }] of rates.entries()) {
      ours.push(await insertOurs(stores, parts[at] ?? [], together));
      others.push(await insertBare(table, parts[at] ?? [], together));
    }
    progress(`ledger: ${written.toLocaleString('en')} signals`);
  }
  return rates.map(({ together, ours, bare: others }) => {
    const of = together === 1 ? 'one signal a commit' : `${together} signals a commit`;
    return resultOf(`durable inserts, ${of}`, '1/s', ours, { name: bare, runs: others });
  });
}

/** Microseconds of each of so many questions. */
async function askAll(count: number, ask: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) times.push((await timedAsync(ask)) * 1000);
  return times;
}

function questions(times: readonly number[], what: string): readonly BenchResult[] {
  return [
    resultOf(`${what} p50`, 'us', [percentile(times, 0.5)]),
    resultOf(`${what} p99`, 'us', [percentile(times, 0.99)]),
  ];
}

async function measureReads(
  { ledger }: SqliteStores,
  size: Size,
  random: SeededRandom,
): Promise<readonly BenchResult[]> {
  const foldTurn = async (at: number): Promise<unknown> =>
    foldReward(await ledger.ofTurn(turnId(turnName(at))));
  const fold = (): Promise<unknown> => foldTurn(random.below(size.turns));
  // The first ones compile the code and fill the cache; they are not counted.
  await askAll(Math.min(500, size.folds), fold);
  const folds = await askAll(size.folds, fold);
  const calm: number[] = [];
  for (let count = 0; count < size.folds; count += 1) {
    const at = random.below(size.turns);
    calm.push(Math.min(...(await askAll(3, () => foldTurn(at)))));
  }
  const votes = await askAll(size.questions, () => {
    const from = askedAt(random.below(size.turns), size.turns);
    return ledger.votesBetween(spaceOfAll, from, from + 3_600_000, 500);
  });
  const firsts = await askAll(size.questions, () =>
    ledger.firstSignalsAt(spaceOfAll, everybody.slice(0, 20)),
  );
  const judged = await askAll(size.questions, () => ledger.judgedAndRated('alone', 200));
  return [
    ...questions(folds, 'read and fold one turn'),
    ...questions(calm, 'the same, best of three'),
    ...questions(votes, 'votes of an hour in a space'),
    ...questions(firsts, 'first signals of 20 people'),
    ...questions(judged, 'last 200 turns judged and rated'),
  ];
}

async function measureRecompute({ ledger }: SqliteStores): Promise<readonly BenchResult[]> {
  let compared = 0;
  let different = 0;
  const ms = await timedAsync(async () => {
    for await (const { kind } of verifyRewards({ ledger })) {
      compared += 1;
      if (kind !== 'equal') different += 1;
    }
  });
  if (different > 0)
    throw new TypeError(`${different} of ${compared} rewards do not fold to what is stored.`);
  const counts = await askAll(5, () => ledger.settlementCounts('skills'));
  return [
    resultOf('recompute and compare all rewards of both uses', 's', [ms / 1000]),
    resultOf('rewards compared', 'rewards', [compared]),
    resultOf('counts for status', 'ms', [percentile(counts, 0.5) / 1000]),
  ];
}

/** The feedback ledger at full size: durable inserts, the fold of one turn, all rewards again, room on the disk. */
export async function measure(progress: (line: string) => void, benchSize: BenchSize): Promise<BenchOutcome> {
  const size = sizes[benchSize];
  const results = await withScratchFolder(async (folder): Promise<readonly BenchResult[]> => {
    const path = join(folder, 'ledger.db');
    const open = opener(path);
    progress(`ledger: ${size.turns.toLocaleString('en')} turns`);
    const first = open();
    await fillTurns(first.stores, size.turns);
    first.database.close();
    const turnsOnly = statSync(path).size;

    const table = openBareTable(join(folder, 'bare.db'));
    const second = open();
    const inserts = await measureInserts(second.stores, table, size, progress);
    second.database.close();
    table.close();
    const whole = statSync(path).size;
    const bareSize = statSync(join(folder, 'bare.db')).size;

    const { database, stores } = open();
    const reads = await measureReads(stores, size, createSeededRandom(7));
    progress('ledger: settling');
    const settleMs = await timedAsync(() => settleAll(stores));
    progress('ledger: recomputing');
    const recompute = await measureRecompute(stores);
    database.close();
    const perSignal = (whole - turnsOnly) / size.signals;
    return [
      ...inserts,
      ...reads,
      resultOf('settle all rewards of both uses, durably', 's', [settleMs / 1000]),
      ...recompute,
      resultOf('database, turns and signals', 'MB', [whole / megabyte]),
      resultOf('room of one signal', 'bytes', [perSignal], { name: bare, runs: [bareSize / size.signals] }),
    ];
  });
  return {
    results,
    notes: [
      `${size.signals.toLocaleString('en')} signals over ${size.turns.toLocaleString('en')} turns with one message each, ${100 - lateShare} of 100 about one of the latest 200 turns, the others about any before: reactions, buttons, withdrawals on the message; judge, next message and tools on the turn`,
      'inserts: ours and the bare table in turn, in the same folder, every commit synced (WAL, FULL); spread over the rounds from an empty to a full ledger; the bare table has the same columns and knows a duplicate, and has no index by turn, message, person or time',
      'best of three: each turn is folded three times and the quickest counts, which leaves out most waiting for the processor and the disk',
      'ratio: ours divided by the bare table; over 1 is better for inserts, under 1 for room',
    ],
  };
}
