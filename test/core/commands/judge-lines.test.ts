import { describe, expect, test } from 'vitest';
import { runCommand } from '../../../core/commands/run-command.ts';
import type { JudgeReport } from '../../../core/feedback/judge-worker.ts';
import { fakeWorld, invocation, now, wellStatus } from './command-fixtures.ts';

const working: JudgeReport = {
  state: 'working',
  isUnreadable: false,
  model: 'judge-9 at judge.example',
  waiting: 0,
  spentToday: 12,
  dailyCalls: 500,
  views: {
    alone: { labels: 12, positive: 12, negative: 0, weight: 0 },
    with_next: {
      labels: 120,
      positive: 90,
      negative: 30,
      balancedAccuracy: 0.8512,
      lowerBound: 0.784,
      kappa: 0.618,
      weight: 0.7024,
    },
  },
};

async function status(judge?: JudgeReport): Promise<string> {
  const { deps } = fakeWorld({ status: { ...wellStatus, ...(judge === undefined ? {} : { judge }) } });
  return (await runCommand(invocation('status'), deps)).markdown.replaceAll('\\', '');
}

describe('the judge in status', () => {
  test('how it is, and how well it agrees with people in each view', async () => {
    const text = await status(working);
    expect(text).toContain('All is well.');
    expect(text.split('\n').filter((line) => line.startsWith('- Judge'))).toEqual([
      '- Judge: judge-9 at judge.example, nothing waits for it, 12 of 500 calls today',
      '- Judge, seeing the answer alone: its votes do not count yet, with 12 answers that people rated too (12 good, 0 bad); 50 with 10 of each are needed',
      '- Judge, with the next message in view: its votes count 70 %: balanced accuracy 85 %, at least 78 %, kappa 0.62, over 120 answers that people rated too (90 good, 30 bad)',
    ]);
  });

  test('one that does not agree enough is said not to count', async () => {
    const weak = { ...working.views.with_next, balancedAccuracy: 0.62, lowerBound: 0.55, weight: 0 };
    expect(await status({ ...working, views: { ...working.views, with_next: weak } })).toContain(
      'its votes do not count: balanced accuracy 62 %, at least 55 %, kappa 0.62, over 120 answers that people rated too (90 good, 30 bad); at least 60 % is needed',
    );
  });

  test.each([
    [49, 25, 24],
    [60, 51, 9],
  ])(
    'one that agrees is said to lack ratings, with %d of them, %d good, %d bad',
    async (labels, positive, negative) => {
      const early = { ...working.views.with_next, labels, positive, negative, weight: 0 };
      expect(await status({ ...working, views: { ...working.views, with_next: early } })).toContain(
        `its votes do not count yet: balanced accuracy 85 %, at least 78 %, kappa 0.62, over ${labels} answers that people rated too (${positive} good, ${negative} bad); 50 with 10 of each are needed`,
      );
    },
  );

  test('one that is down is a problem, with its backlog', async () => {
    const text = await status({
      ...working,
      state: 'down',
      detail: 'The connection to the judge failed.',
      waiting: 31,
      oldestDueAt: now - 26 * 3_600_000,
    });
    expect(text).toContain('1 problem');
    expect(text).toContain(
      '- The judge is down: The connection to the judge failed. It is asked again by and by; answers go on without it',
    );
    expect(text).toContain('31 answers wait for it, the first for 1 day 2 hours');
  });

  test('one whose votes cannot be read is a problem', async () => {
    const text = await status({ ...working, isUnreadable: true });
    expect(text).toContain('1 problem');
    expect(text).toContain('- The judge answers, but not with votes that can be read');
    expect(await status({ ...working, isUnreadable: true, state: 'down' })).not.toContain('can be read');
  });

  test('a spent budget is a fact, not a problem', async () => {
    const text = await status({ ...working, state: 'budget_spent', waiting: 1, spentToday: 500 });
    expect(text).toContain('All is well.');
    expect(text).toContain('1 answer waits for it until tomorrow (UTC), 500 of 500 calls today');
  });

  test('without a judge there is no word about it', async () => {
    expect(await status()).not.toMatch(/judge/i);
  });
});
