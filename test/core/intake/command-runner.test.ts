import { expect, test } from 'vitest';
import type { TrainTools } from '../../../core/commands/train-tools.ts';
import { eventId, personId } from '../../../core/domain/ids.ts';
import { createCommandRunner } from '../../../core/intake/command-runner.ts';
import { createFakeChannel } from '../../fakes/channel/fake-channel.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { conversation, fakeWorld, now, privacyReport } from '../commands/command-fixtures.ts';
import { elsewhere, run, shown } from '../commands/fake-train-tools.ts';

const unused = (): never => {
  throw new Error('nobody asks for this');
};

function runnerWith(training?: TrainTools) {
  const { deps, logger } = fakeWorld();
  return createCommandRunner({
    controls: { stop: unused, stats: unused, channels: unused },
    library: deps.skills,
    skillTools: deps.skillTools,
    ...(training === undefined ? {} : { training }),
    turns: { lastWithin: unused, lastShownWithin: unused, byReply: unused, get: unused, counts: unused },
    ledger: {
      ofTurn: unused,
      settlement: unused,
      count: unused,
      settlementCounts: unused,
      has: unused,
      append: unused,
      schedule: unused,
      heldTurns: unused,
    },
    quietTimes: { skills: 1, weights: 1 },
    sessions: { end: unused },
    admission: { admits: async () => true, redeem: unused },
    clock: createFakeClock(now),
    logger,
    maintainers: [],
    facts: { version: '0', model: 'm', startedAt: now },
    privacy: () => privacyReport,
    problems: () => [],
  });
}

const tools = fakeWorld({
  training: { runs: [shown(run(12)), shown(run(7, { scope: elsewhere }))] },
}).deps.training;

function asked(line: string) {
  return {
    eventId: eventId('fake', line),
    platform: conversation.platform,
    spaceId: conversation.spaceId,
    occurredAt: now,
    conversation,
    admission: { kind: 'open' },
    actor: { personId: personId('fake', 'ada'), displayName: 'Ada', isBot: false },
    line,
    interaction: { handle: 'h', deadlineAt: now + 3_000 },
  } as const;
}

test('commands about training reach what trains, where something does', async () => {
  const event = { ...asked('train history'), type: 'command_invoked' } as const;
  expect((await runnerWith(tools).run(event, createFakeChannel())).markdown).toContain('**Run 12**');
  expect((await runnerWith().run(event, createFakeChannel())).markdown).toContain('Nothing is set up here');
});

test('numbers of runs complete, those of this place alone', async () => {
  const event = { ...asked('train show '), type: 'completion_requested' } as const;
  expect((await runnerWith(tools).complete(event)).map(({ value }) => value)).toEqual(['train show 12']);
  expect(await runnerWith().complete(event)).toEqual([]);
});

test('drafts are looked up for drafts only', async () => {
  const event = { ...asked('skill show '), type: 'completion_requested' } as const;
  expect(await runnerWith(tools).complete(event)).toEqual([]);
});
