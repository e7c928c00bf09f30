import { expect, test } from 'vitest';
import type { TrainTools } from '../../../core/commands/train-tools.ts';
import { eventId, personId } from '../../../core/domain/ids.ts';
import {
  type CommandRunner,
  type CommandRunnerDeps,
  createCommandRunner,
} from '../../../core/intake/command-runner.ts';
import { createFakeChannel } from '../../fakes/channel/fake-channel.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { conversation, fakeWorld, now, privacyReport, wellStatus } from '../commands/command-fixtures.ts';
import { elsewhere, run, shown } from '../commands/fake-train-tools.ts';

const unused = (): never => {
  throw new Error('nobody asks for this');
};

function runnerWith(training?: TrainTools, learning?: CommandRunnerDeps['learning']): CommandRunner {
  const { deps, logger } = fakeWorld();
  return createCommandRunner({
    controls: {
      stop: unused,
      stats: () => ({ running: 0, waiting: 0, conversations: 0 }),
      channels: () => [],
    },
    library: deps.skills,
    skillTools: deps.skillTools,
    ...(training === undefined ? {} : { training }),
    ...(learning === undefined ? {} : { learning }),
    turns: {
      lastWithin: unused,
      lastShownWithin: unused,
      byReply: unused,
      get: unused,
      counts: async () => wellStatus.turns,
    },
    ledger: {
      ofTurn: unused,
      settlement: unused,
      count: async () => 0,
      settlementCounts: async () => wellStatus.settlements,
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
    privacy: (platform) => ({ ...privacyReport, operatorContact: `who runs ${platform}` }),
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

test('how training is, is asked for the space of whoever asks', async () => {
  const learning: CommandRunnerDeps['learning'] = async (space) => ({
    training: { run: space === conversation.spaceId ? 'a run of another place' : 'run 5' },
  });
  const event = { ...asked('status'), type: 'command_invoked' } as const;
  const { markdown } = await runnerWith(tools, learning).run(event, createFakeChannel());
  expect(markdown).toContain('- Training: a run of another place');
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

test('privacy is told as it is on the platform that it is asked on', async () => {
  const event = { ...asked('privacy'), type: 'command_invoked' } as const;
  const { markdown } = await runnerWith().run(event, createFakeChannel());
  expect(markdown).toContain(`Ask who runs ${conversation.platform}`);
});
