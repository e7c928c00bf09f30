import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import { spaceId } from '../../core/domain/ids.ts';
import { runId } from '../../core/domain/policy.ts';
import type { PlannedSample } from '../../core/domain/training-run.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';
import { seedSample, trainerFor } from '../flow/training-rig.ts';

const steps = 3;
const perStep = 2;
const run = runId('run-1');
const deadlineMs = 30_000;
const never = new AbortController().signal;

async function inDatabase<T>(path: string, work: (stores: SqliteStores) => Promise<T>): Promise<T> {
  const database = openDatabase({ path, logger: createMemoryLogger() });
  try {
    return await work(openStores(database));
  } finally {
    database.close();
  }
}

async function begun(path: string): Promise<void> {
  await inDatabase(path, async (stores) => {
    const planned: PlannedSample[] = [];
    for (let at = 0; at < steps * perStep; at += 1) {
      const given = { prompt: [1, 2, at + 3], answer: [(at % 3) + 20, at + 30], logprobs: [-2, -2] };
      const turnId = await seedSample(stores, { id: `t-${at}`, value: 1, ...given });
      const { revision } = (await stores.ledger.settlement(turnId, 'weights')) ?? { revision: -1 };
      const step = Math.floor(at / perStep) + 1;
      planned.push({ turnId, revision, step, value: 1, weight: 1, baseline: 0 });
    }
    const numbers = { samples: steps * perStep, positives: steps * perStep, negatives: 0, people: 1 };
    await stores.runs.begin(
      {
        runId: run,
        scope: { kind: 'space', spaceId: spaceId('web', 'team') },
        kind: 'weights',
        methods: ['kto'],
        generation: 0,
        plan: {
          steps,
          ...numbers,
          leftOut: {},
          estimate: { calls: 0, tokens: 0, micros: 0 },
          settings: { seed: 5 },
        },
        startedAt: 1,
      },
      planned,
    );
  });
}

interface Ended {
  readonly kind: string;
  readonly source?: { readonly statePath: string };
}

/** Runs until it ends by itself, or is killed when the engine has been asked so often. */
async function play(path: string, fake: FakeTinker, killAfter?: number): Promise<Ended | undefined> {
  const already = fake.requests.length;
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'training-process.ts'), path, fake.baseUrl, fake.apiKey],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const over = once(child, 'close');
  if (killAfter !== undefined) {
    await vi.waitUntil(() => fake.requests.length - already >= killAfter || child.exitCode !== null, {
      timeout: deadlineMs,
      interval: 1,
    });
    child.kill('SIGKILL');
  }
  await over;
  const last = said.split('\n').findLast((line) => line.startsWith('{'));
  return last === undefined ? undefined : JSON.parse(last);
}

async function open(): Promise<{ readonly path: string; readonly fake: FakeTinker }> {
  const folder = mkdtempSync(join(tmpdir(), 'metaclaw-kill-training-'));
  const fake = await createFakeTinker({ behaviour: 'tinker' });
  onTestFinished(async () => {
    await fake.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const path = join(folder, 'bot.db');
  await begun(path);
  return { path, fake };
}

/** How likely the trained answers are under what it made, to many places. */
async function fingerprint(fake: FakeTinker, end: Ended | undefined): Promise<readonly number[]> {
  const path = end?.source?.statePath;
  if (path === undefined) throw new Error(`no candidate: ${end?.kind}`);
  const trainer = trainerFor(fake, 'tinker');
  const sampler = await trainer.createSampler({ path }, never);
  const found = await sampler.logprobs(Int32Array.of(1, 2, 3, 20, 30), never);
  await trainer.close();
  return [...found.slice(1)].map((logprob) => Math.round(logprob * 1e5) / 1e5);
}

test('a process that trains is killed again and again, and the run comes to the end that it would have come to', async () => {
  const whole = await open();
  const expected = await fingerprint(whole.fake, await play(whole.path, whole.fake));

  const { path, fake } = await open();
  let end: Ended | undefined;
  let kills = 0;
  for (const calls of [3, 9, 14, 6, 11]) {
    if (end !== undefined) break;
    end = await play(path, fake, calls);
    if (end === undefined) kills += 1;
  }
  expect(kills).toBeGreaterThan(2);
  end ??= await play(path, fake);
  expect(await fingerprint(fake, end)).toEqual(expected);
  const samples = await inDatabase(path, (stores) => stores.runs.samples(run));
  expect(samples.map(({ turnId, step, status }) => [turnId, step, status])).toEqual(
    Array.from({ length: steps * perStep }, (_, at) => [`t-${at}`, Math.floor(at / perStep) + 1, 'trained']),
  );
}, 120_000);
