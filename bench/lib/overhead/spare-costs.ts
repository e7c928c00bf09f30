import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';

/** Long enough for the overall rate to allow the next job at once. */
const limiterPauseMs = 40;

/** Milliseconds from asking the limiter to the start of the job, each when nothing else waits. */
export async function measureLimiter(count: number): Promise<readonly number[]> {
  const limiter = createLimiter(createSystemClock());
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const askedMs = performance.now();
    const call = { method: 'sendMessage', destination: `chat-${at}`, minIntervalMs: 0 };
    await limiter.run(call, async () => {
      times.push(performance.now() - askedMs);
    });
    await sleep(limiterPauseMs);
  }
  await limiter.stop();
  return times;
}

/** Milliseconds of one commit of one row of 1 KB in SQLite with the settings of the bot: what the disk allows. */
export async function measureCommit(folder: string, count: number): Promise<readonly number[]> {
  const database = new Database(join(folder, 'commit.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO rows (text) VALUES (?)');
  const text = 'x'.repeat(1_024);
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const startedMs = performance.now();
    insert.run(text);
    times.push(performance.now() - startedMs);
    await sleep(2);
  }
  database.close();
  return times;
}
