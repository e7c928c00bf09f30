import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { percentile } from '../statistics.ts';
import type { LoadJob, LoadTaken, Shares } from './load-job.ts';
import { monotonicUs } from './monotonic-us.ts';
import { createTokenReader } from './token-reader.ts';

/** The load, in a process of its own. Argument: a `LoadJob`; prints what it saw, a `LoadTaken`. */

const job: LoadJob = JSON.parse(process.argv[2] ?? '');
const bodies: readonly string[] = JSON.parse(readFileSync(job.bodiesFile, 'utf8'));
const buffers = bodies.map((body) => Buffer.from(body));
const headers = { 'content-type': 'application/json', ...job.headers };

/** A machine that is busy may let nothing end for a while. */
const patienceMs = 30_000;

let next = 0;
let answered = 0;
let ended = 0;
let tokens = 0;
let isMeasured = false;
let isOver = false;
const firstByteMs: number[] = [];
const totalMs: number[] = [];
const tokenMs: number[] = [];

function tokenCame(writtenUs: number): void {
  if (!isMeasured) return;
  tokens += 1;
  tokenMs.push((monotonicUs() - writtenUs) / 1_000);
}

/** One request; resolves when its answer is over. */
function ask(client: Client): Promise<void> {
  const body = buffers[next % buffers.length] ?? '';
  next += 1;
  const readTokens = createTokenReader(tokenCame);
  const startedMs = performance.now();
  const wasMeasured = isMeasured;
  let status = 0;
  let isFirst = true;
  return new Promise((resolve, reject) => {
    client.dispatch(
      { method: 'POST', path: job.path, headers, body },
      {
        onRequestStart() {},
        onResponseStart(_, code) {
          status = code;
        },
        onResponseData(_, chunk) {
          if (isFirst && wasMeasured) firstByteMs.push(performance.now() - startedMs);
          isFirst = false;
          readTokens(chunk);
        },
        onResponseEnd() {
          if (status !== 200) reject(new Error(`Answered with ${status}.`));
          answered += 1;
          if (isMeasured) ended += 1;
          if (wasMeasured) totalMs.push(performance.now() - startedMs);
          resolve();
        },
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

async function keepAsking(): Promise<void> {
  const client = new Client(job.address, { bodyTimeout: 0, headersTimeout: 0 });
  while (!isOver) await ask(client);
  await client.close();
}

const shares = (numbers: readonly number[]): Shares => ({
  p50: percentile(numbers, 0.5),
  p99: percentile(numbers, 0.99),
});

/** Not all at once, as a crowd does not come either: spread over the warm-up's first half. */
async function begin(place: number): Promise<void> {
  const waitMs = (job.warmUpMs / 2) * (place / job.atOnce);
  await sleep(waitMs);
  await keepAsking();
}

const isEnough = (): boolean => ended > 0 && firstByteMs.length > 0;

const all = Promise.all(Array.from({ length: job.atOnce }, (_, place) => begin(place)));
await sleep(job.warmUpMs);
isMeasured = true;
const startedMs = performance.now();
const deadlineMs = startedMs + patienceMs;
do await sleep(job.measuredMs);
while (!isEnough() && performance.now() < deadlineMs);
isMeasured = false;
isOver = true;
const tookMs = performance.now() - startedMs;
await all;
const taken: LoadTaken = {
  answered,
  ended,
  tokens,
  tookMs,
  firstByteMs: shares(firstByteMs),
  totalMs: shares(totalMs),
  tokenMs: shares(tokenMs),
};
process.stdout.write(`${JSON.stringify(taken)}\n`);
