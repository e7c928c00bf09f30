import { expect, onTestFinished, test } from 'vitest';
import type { Turn } from '../../core/domain/turn.ts';
import { createJudgeWorker, type JudgeWorker } from '../../core/feedback/judge-worker.ts';
import { createJudgeModel, materialOf, vote } from '../core/feedback/judge-rig.ts';
import { answer, callTools } from '../fakes/model/scripted-model.ts';
import { type BotHarness, createBotHarness, minute } from './bot-harness.ts';

const judge = createJudgeModel((request) =>
  materialOf(request).includes('next message]') ? vote(-1, 'correction', 'the second is 4') : vote(1),
);

function judgeOf({ stores, clock, logger }: BotHarness): JudgeWorker {
  return createJudgeWorker({
    queue: stores.judgeQueue,
    turns: stores.turns,
    ledger: stores.ledger,
    model: judge,
    modelName: 'judge-model',
    votes: 3,
    timeoutMs: minute,
    dailyCalls: 100,
    concurrency: 1,
    quietTimes: { skills: 10 * minute, weights: 1_440 * minute },
    mayUse: () => ({ allowed: true }),
    clock,
    ids: { code: (chars) => 'm'.repeat(chars) },
    logger,
  });
}

test('an answer with tools is judged after its quiet time, and again with what the person said next', async () => {
  const harness = await createBotHarness({
    isJudged: true,
    steps: [
      callTools([
        { id: 'c1', name: 'add', argumentsJson: '{}' },
        { id: 'c2', name: 'nope', argumentsJson: '{}' },
      ]),
      answer('The first is 3, the second is 5.'),
      answer('Sorry: 4.'),
    ],
    tools: {
      list: () => [{ name: 'add', description: 'Adds.', parameters: {} }],
      call: async () => ({ text: '3', isError: false }),
    },
  });
  await harness.start();
  const worker = judgeOf(harness);
  worker.start();
  onTestFinished(async () => {
    await worker.stop();
    await harness.stop();
  });
  const { ledger, turns } = harness.stores;
  const done = (count: number) => async () => (await turns.counts()).done === count;

  await harness.channel.person.says('What are the sums?');
  await harness.until(done(1), 'the answer');
  const reply = harness.channel.messages()[0];
  if (reply === undefined) throw new Error('there is no answer');
  const turn: Turn | undefined = await turns.byReply(reply.ref);
  if (turn === undefined) throw new Error('there is no turn');
  const rows = async () =>
    (await ledger.ofTurn(turn.turnId)).map(
      ({ kind, slot, name, change }) => `${kind} ${slot === undefined ? '' : `${slot} `}${name} ${change}`,
    );
  expect(await rows()).toEqual(['tool 1 add ok given', 'tool 2 nope failed given']);

  await harness.clock.advance(9 * minute);
  expect(judge.requests).toEqual([]);
  await harness.clock.advance(2 * minute);
  await harness.until(async () => (await rows()).includes('judge alone given'), 'the first look');
  expect(materialOf(judge.requests[0] ?? { messages: [], tools: [] })).toContain(
    '| 1 add: ok\n| 2 nope: failed',
  );

  await harness.channel.person.says('No, the second is 4.');
  await harness.until(done(2), 'the second answer');
  await harness.clock.advance(minute);
  await harness.until(async () => (await rows()).includes('judge with_next given'), 'the second look');
  expect(await rows()).toEqual(
    expect.arrayContaining(['judge alone withdrawn', 'next next correction given']),
  );
  const hint = (await ledger.ofTurn(turn.turnId)).find(({ kind }) => kind === 'next');
  expect(hint).toMatchObject({ text: 'the second is 4', actorId: turn.askerId });
});
