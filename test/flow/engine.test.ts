import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createEngineModel } from '../../adapters/engine-model/engine-model.ts';
import type { TurnState } from '../../core/domain/turn.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import type { ToolPort } from '../../core/ports/tool.ts';
import type { EngineSampler } from '../../core/ports/trainer.ts';
import { createStandInSampler, never, saying } from '../fakes/engine/stand-in-sampler.ts';
import { createStandInTokenizer } from '../fakes/engine/stand-in-tokenizer.ts';
import { platformPolicy } from '../fakes/feedback/platform-policies.ts';
import { createFakeClock, type FakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { type BotHarness, createBotHarness } from './bot-harness.ts';

function temporaryDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), 'metaclaw-engine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'metaclaw.db');
}

const engine = (sampler: EngineSampler, clock: FakeClock, maxContextTokens = 100_000): ModelPort =>
  createEngineModel({
    description: 'stand-in-base on a test',
    currentSampler: async () => sampler,
    tokenizer: createStandInTokenizer(),
    params: { temperature: 1, topP: 1, topK: -1 },
    maxContextTokens,
    timeoutMs: 600_000,
    clock,
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
  });

const lookup: ToolPort = {
  list: () => [{ name: 'lookup', description: 'Looks a word up.', parameters: {} }],
  call: async () => ({ text: 'a cloud on the ground', isError: false }),
};
const calls = [{ name: 'lookup', argumentsJson: '{"word":"fog"}' }];

const ended = (harness: BotHarness, state: TurnState, count = 1): Promise<true> =>
  harness.until(
    async () => (await harness.stores.turns.counts())[state] === count || undefined,
    `${count} ${state}`,
  );

test('an answer with tools is stored with exactly the ids that the engine got and gave, also after a kill', async () => {
  const path = temporaryDatabase();
  const clock = createFakeClock();
  const sampler = createStandInSampler((_, __, nth) =>
    nth === 1 ? saying('Let me see.', { thought: 'hm', calls }) : saying('Fog is a cloud on the ground.'),
  );
  const harness = await createBotHarness({
    path,
    clock,
    tools: lookup,
    wrapModel: () => engine(sampler, clock),
  });
  await harness.start();
  await harness.channel.person.says('What is fog?');
  await ended(harness, 'done');
  const ours = harness.channel.messages()[0]?.ref;
  if (ours === undefined) throw new Error('nothing was shown');
  expect(harness.channel.texts()[0]).toContain('Fog is a cloud on the ground.');
  await harness.channel.stop();
  harness.kill();

  const again = await createBotHarness({ path, clock, channel: harness.channel });
  const turn = await again.stores.turns.byReply(ours);
  expect(turn).toMatchObject({ state: 'done', policy: 'engine://weights/1' });
  const stored = turn === undefined ? [] : await again.stores.turns.sampled(turn.turnId);
  expect(sampler.requests).toHaveLength(2);
  expect(stored).toEqual(
    sampler.requests.map(({ prompt, params }, at) => ({
      prompt,
      params,
      ...sampler.answers[at],
      tokenizerHash: 'stand-in',
      baseModel: 'stand-in-base',
      samplerVersion: 'engine://weights/1',
    })),
  );
  // The second call reads on from what the first one wrote.
  const [first, second] = stored;
  if (first === undefined || second === undefined) throw new Error('a call is missing');
  const said = [...first.prompt, ...first.tokens];
  expect([...second.prompt.slice(0, said.length)]).toEqual(said);
  again.kill();
});

test('of an answer that was killed before it was stored nothing stays, and the next one is stored whole', async () => {
  const path = temporaryDatabase();
  const clock = createFakeClock();
  const hanging = createStandInSampler((_, signal) => never(signal));
  const first = await createBotHarness({ path, clock, wrapModel: () => engine(hanging, clock) });
  await first.start();
  await first.channel.person.says('Tell me.');
  await first.until(() => hanging.requests.length === 1, 'the engine is asked');
  await first.channel.stop();
  first.kill();

  const sampler = createStandInSampler(() => saying('Told.'));
  const { channel } = first;
  const second = await createBotHarness({ path, clock, channel, wrapModel: () => engine(sampler, clock) });
  await second.start();
  await ended(second, 'done');
  const ours = channel.messages()[0]?.ref;
  const turn = ours && (await second.stores.turns.byReply(ours));
  const stored = turn === undefined ? [] : await second.stores.turns.sampled(turn.turnId);
  expect(stored.map(({ tokens }) => tokens)).toEqual([sampler.answers[0]?.tokens]);
  await second.stop();
});

test('of an answer that was stopped after a call nothing is kept', async () => {
  const clock = createFakeClock();
  const sampler = createStandInSampler((_, signal, nth) =>
    nth === 1
      ? saying('Let me see what the dictionary has to say of fog, which may take a moment.', { calls })
      : never(signal),
  );
  const harness = await createBotHarness({
    clock,
    tools: lookup,
    wrapModel: () => engine(sampler, clock),
  });
  await harness.start();
  const { event } = await harness.channel.person.says('What is fog?');
  await harness.until(() => sampler.requests.length === 2, 'the second call');
  await harness.until(() => harness.channel.messages().length === 1, 'words show');
  await harness.channel.person.commands('stop');
  await ended(harness, 'stopped');
  expect(await harness.stores.turns.byRequest(event.ref)).toMatchObject({ state: 'stopped' });
  expect(await harness.stores.turns.keepsSampled()).toBe(false);
  await harness.stop();
});

test.each([
  [
    'where the terms forbid training for good',
    { contentPolicy: new Map([['fake', platformPolicy('never')]]) },
  ],
  ['in a conversation that is held out', { isHoldOut: () => true }],
])('nothing is kept %s', async (_, options) => {
  const clock = createFakeClock();
  const sampler = createStandInSampler(() => saying('Told.'));
  const harness = await createBotHarness({ ...options, clock, wrapModel: () => engine(sampler, clock) });
  await harness.start();
  await harness.channel.person.says('Tell me.');
  await ended(harness, 'done');
  expect(sampler.requests).toHaveLength(1);
  expect(await harness.stores.turns.keepsSampled()).toBe(false);
  await harness.stop();
});

test('it is kept where the operator has training off at present', async () => {
  const clock = createFakeClock();
  const sampler = createStandInSampler(() => saying('Told.'));
  const contentPolicy = new Map([['fake', platformPolicy('setting', [])]]);
  const harness = await createBotHarness({ contentPolicy, clock, wrapModel: () => engine(sampler, clock) });
  await harness.start();
  await harness.channel.person.says('Tell me.');
  await ended(harness, 'done');
  expect(await harness.stores.turns.keepsSampled()).toBe(true);
  await harness.stop();
});

test('a conversation that outgrows the context goes on without its oldest turns', async () => {
  const clock = createFakeClock();
  const sampler = createStandInSampler((_, __, nth) => saying(`Answer ${nth}. ${'x'.repeat(200)}`));
  const harness = await createBotHarness({ clock, wrapModel: () => engine(sampler, clock, 2_000) });
  await harness.start();
  const count = 12;
  for (let nth = 1; nth <= count; nth += 1) {
    await harness.channel.person.says(`Question ${nth}?`);
    await ended(harness, 'done', nth);
  }
  const last = createStandInTokenizer().decode(sampler.requests.at(-1)?.prompt ?? Int32Array.of());
  expect(last).toContain(`Question ${count}?`);
  expect(last).toContain(`Answer ${count - 1}.`);
  expect(last).not.toContain('Question 1?');
  expect(sampler.requests.every(({ params }) => params.maxTokens >= 500)).toBe(true);
  await harness.stop();
});

test('a person who writes more than the model reads is told what to do', async () => {
  const clock = createFakeClock();
  const sampler = createStandInSampler(() => saying('Told.'));
  const harness = await createBotHarness({ clock, wrapModel: () => engine(sampler, clock, 500) });
  await harness.start();
  await harness.channel.person.says('x'.repeat(600));
  await ended(harness, 'failed');
  expect(harness.channel.texts()[0]).toContain('this is more than my model can read at once. Send less');
  await harness.stop();
});
