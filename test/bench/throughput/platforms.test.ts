import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openBareBot } from '../../../bench/lib/throughput/bare-bot.ts';
import { createCrowd } from '../../../bench/lib/throughput/crowd.ts';
import { openOurBot } from '../../../bench/lib/throughput/our-bot.ts';
import { loadPlatform, platformNames } from '../../../bench/lib/throughput/platform.ts';
import { createProgress } from '../../../bench/lib/throughput/progress.ts';
import { noLimiter } from '../../../bench/lib/throughput/stand-ins.ts';

const patienceMs = 10_000;
const ignore = (): void => {};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'metaclaw-bench-'));
  folders.push(folder);
  return folder;
}

async function scene(name: string, conversations: number) {
  const platform = await loadPlatform(name);
  const crowd = createCrowd(conversations, () => performance.now());
  const served = await platform.serve(crowd);
  const progress = createProgress();
  const common = { platform, address: served.address, homeFolder: newFolder(), limiter: () => noLimiter };
  return { crowd, served, progress, common, acknowledges: platform.acknowledges };
}

test('there is a row for each platform that is measured', () => {
  expect(platformNames()).toEqual(['discord', 'slack', 'telegram']);
});

describe.each(platformNames())('%s', (name) => {
  test('the bare SDK takes every message and answers it where it was asked', async () => {
    const { crowd, served, progress, common, acknowledges } = await scene(name, 3);
    let stored = 0;
    const bot = await openBareBot({
      ...common,
      platformName: name,
      answers: true,
      onStored: () => {
        stored += 1;
      },
      onAnswered: progress.one,
    });
    crowd.write(3);
    await progress.reach(3, patienceMs);
    await bot.close();
    await served.close();
    const seen = crowd.report();
    expect(stored).toBe(3);
    expect(seen.answersOf).toEqual([1, 1, 1]);
    expect(seen.handedOver).toBe(3);
    expect(seen.acknowledgementsMs).toHaveLength(acknowledges ? 3 : 0);
  });

  test('so does our bot', async () => {
    const { crowd, served, progress, common, acknowledges } = await scene(name, 3);
    let stored = 0;
    const bot = await openOurBot({
      ...common,
      conversations: 3,
      maxRunning: 3,
      modelMs: 0,
      answers: true,
      onStored: () => {
        stored += 1;
      },
      onTurnEnded: progress.one,
    });
    crowd.write(3);
    await progress.reach(3, patienceMs);
    await bot.close();
    await served.close();
    const seen = crowd.report();
    expect(stored).toBe(3);
    expect(seen.answersOf).toEqual([1, 1, 1]);
    expect(seen.acknowledgementsMs).toHaveLength(acknowledges ? 3 : 0);
  });

  test('measured for its intake alone, our bot stores what comes and answers nothing', async () => {
    const { crowd, served, progress, common, acknowledges } = await scene(name, 2);
    const bot = await openOurBot({
      ...common,
      conversations: 2,
      maxRunning: 2,
      modelMs: 0,
      answers: false,
      onStored: progress.one,
      onTurnEnded: ignore,
    });
    crowd.write(6);
    await progress.reach(6, patienceMs);
    await bot.close();
    await served.close();
    const seen = crowd.report();
    expect(seen.acknowledgementsMs).toHaveLength(acknowledges ? 6 : 0);
    expect(seen.answersMs).toEqual([]);
  });
});
