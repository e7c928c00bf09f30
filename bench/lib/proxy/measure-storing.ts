import { readFileSync } from 'node:fs';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { databasePath } from '../../../config/storage.ts';
import type { BenchSize } from '../bench-report.ts';
import { percentile, resultOf } from '../statistics.ts';
import type { Answered } from './answered.ts';
import type { OurProxy } from './contender.ts';
import { chatPath } from './run-load.ts';

const requests: Readonly<Record<BenchSize, number>> = { full: 200, smoke: 3 };
const patienceMs = 10_000;

/** How long after the last byte of an answer its turn is there for another process that reads the database. */
export async function measureStoring(
  { address, homeFolder }: OurProxy,
  bodiesFile: string,
  size: BenchSize,
): Promise<Answered> {
  const bodies: readonly string[] = JSON.parse(readFileSync(bodiesFile, 'utf8'));
  const database = new Database(databasePath(homeFolder), { readonly: true });
  const find = database.prepare<[string], unknown>('SELECT 1 FROM turns WHERE turn_id = ?');
  const waitedMs: number[] = [];
  try {
    for (let count = 0; count < requests[size]; count += 1) {
      const { headers, body } = await request(`${address}${chatPath}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bodies[count % bodies.length] ?? '',
      });
      await body.text();
      const endedMs = performance.now();
      while (find.get(String(headers['x-metaclaw-turn-id'])) === undefined) {
        if (performance.now() - endedMs > patienceMs) throw new Error('A turn was not stored.');
        await turnOfLoop();
      }
      waitedMs.push(performance.now() - endedMs);
    }
  } finally {
    database.close();
  }
  return {
    results: [
      resultOf('last byte to turn stored p50', 'ms', [percentile(waitedMs, 0.5)]),
      resultOf('last byte to turn stored p99', 'ms', [percentile(waitedMs, 0.99)]),
    ],
    answered: waitedMs.length,
  };
}

/** Turns in the database of a proxy that has ended. */
export function countTurns({ homeFolder }: OurProxy): number {
  const database = new Database(databasePath(homeFolder), { readonly: true });
  try {
    const row = database.prepare<[], { readonly count: number }>('SELECT count(*) AS count FROM turns').get();
    return row?.count ?? 0;
  } finally {
    database.close();
  }
}
