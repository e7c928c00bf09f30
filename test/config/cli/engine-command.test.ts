import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import { runEngineCheck } from '../../../config/cli/engine-command.ts';
import { runProgram } from '../../../config/cli/program.ts';
import { createFakeTinker, type FakeTinker } from '../../fakes/tinker/fake-tinker.ts';
import { temporaryFolder } from '../settings-folder.ts';

interface Terminal {
  readonly io: CommandIo;
  out(): string;
  err(): string;
}

function terminal(
  engine: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>> = {},
): Terminal {
  const workingFolder = temporaryFolder();
  writeFileSync(join(workingFolder, 'metaclaw.yaml'), `home: ./data\nengine: ${JSON.stringify(engine)}\n`);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  return {
    io: {
      stdin: new PassThrough().end(),
      stdout,
      stderr,
      variables,
      workingFolder,
      processId: process.pid,
      nodeVersion: '24.0.0',
      fetch: globalThis.fetch,
      personName: 'ada',
    },
    out: () => String(stdout.read() ?? ''),
    err: () => String(stderr.read() ?? ''),
  };
}

async function engine(): Promise<FakeTinker> {
  const fake = await createFakeTinker({ behaviour: 'tuft' });
  onTestFinished(() => fake.close());
  return fake;
}

const run = (io: CommandIo, line: string): Promise<number> =>
  runProgram(['node', 'metaclaw', ...line.split(' ')], io);
const own = { profile: 'tuft', baseModel: 'test/tiny', rank: 8 };
const secretsOf = (fake: FakeTinker): Record<string, string> => ({
  TINKER_BASE_URL: fake.baseUrl,
  TINKER_API_KEY: fake.apiKey,
});

describe('metaclaw engine check', () => {
  test('says what the engine can do, step by step, and ends well', async () => {
    const { io, out, err } = terminal(own, secretsOf(await engine()));
    expect(await run(io, 'engine check --steps 10 --learning-rate 0.05')).toBe(0);
    const text = out();
    expect(text).toMatch(/^ok {7}models: tuft at 127\.0\.0\.1:\d+ offers test\/tiny/);
    expect(text).toContain('         step 10 of 10: reward');
    expect(text).toMatch(/ok {7}learning: In 10 steps a toy reward went from 0\.\d\d to /);
    expect(text).toMatch(/This engine can be trained on\.\n$/);
    expect(err()).toBe('');
  });

  test('the same as one object for programs, with the facts of the profile', async () => {
    const { io, out } = terminal(own, secretsOf(await engine()));
    expect(await run(io, 'engine check --steps 10 --learning-rate 0.05 --group 8 --json')).toBe(0);
    const report = JSON.parse(out());
    expect(report).toMatchObject({ ok: true, facts: { lossReduction: 'sum', samplerIsolation: 'snapshot' } });
    expect(report.findings.map(({ check }: { check: string }) => check)).toContain('agreement');
  });

  test('a learning rate at which nothing is learned is a problem: 1', async () => {
    const { io, out } = terminal(own, secretsOf(await engine()));
    expect(await run(io, 'engine check --steps 8 --learning-rate 0.0000001')).toBe(1);
    expect(out()).toMatch(
      /PROBLEM {2}learning: .*\n(?:.*\n)*1 to mend before anything is trained on this engine\.\n$/,
    );
  });

  test('without an engine it says what to set', async () => {
    const { io, err } = terminal({});
    expect(await run(io, 'engine check')).toBe(1);
    expect(err()).toContain('Set engine.profile');
  });

  test('a wrong key is said in the first line, and nothing is tried after it', async () => {
    const fake = await engine();
    const { io, out } = terminal(own, { ...secretsOf(fake), TINKER_API_KEY: 'tml-other' });
    expect(await run(io, 'engine check')).toBe(1);
    expect(out()).toMatch(/^PROBLEM {2}models: .*does not accept our key/);
    expect(fake.requestsTo('create_model')).toEqual([]);
  });

  test('stopped it says so, and has taken its adapter away', async () => {
    const fake = await engine();
    const { io, err } = terminal(own, secretsOf(fake));
    const stopping = new AbortController();
    fake.holdFutures(['optim_step']);
    const running = runEngineCheck(io, {
      json: false,
      steps: 8,
      learningRate: 0.01,
      group: 4,
      signal: stopping.signal,
    });
    await expect.poll(() => fake.waitingFutures(), { timeout: 10_000 }).toBeGreaterThan(0);
    stopping.abort();
    fake.releaseFutures();
    expect(await running).toBe(1);
    expect(err()).toBe('Stopped.\n');
  });

  test.each([
    'engine',
    'engine check --steps 3',
    'engine check --learning-rate 0',
    'engine check --keep a/b',
  ])('"%s" is wrong usage: 2', async (line) => {
    const { io, out, err } = terminal({});
    expect(await run(io, line)).toBe(2);
    expect(out()).toBe('');
    expect(err()).toMatch(/Usage: metaclaw engine|must/);
  });
});
