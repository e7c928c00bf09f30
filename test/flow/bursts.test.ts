import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ModelPort } from '../../core/ports/model.ts';
import { answer, hold } from '../fakes/model/scripted-model.ts';
import { type BotHarness, type BotHarnessOptions, createBotHarness } from './bot-harness.ts';

const open: BotHarness[] = [];
const folders: string[] = [];

async function start(options: BotHarnessOptions = {}): Promise<BotHarness> {
  const harness = await createBotHarness(options);
  open.push(harness);
  await harness.start();
  return harness;
}

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const turnsDone = async (harness: BotHarness, count: number): Promise<boolean> =>
  (await harness.stores.turns.counts()).done === count;

describe('words that follow at once', () => {
  test('restart the answer without a trace although a word of it was on its way', async () => {
    const late = 'A sentence that was on its way already when the next words came.';
    const harness = await start({
      steps: [hold([], []), answer('Both.')],
      wrapModel: (model): ModelPort => ({
        description: model.description,
        async *stream(request, signal) {
          for await (const event of model.stream(request, signal)) {
            // A connection hands over what it has received before it notices the abort.
            if (event.type === 'failed') yield { type: 'text', text: late };
            yield event;
          }
        },
      }),
    });
    await harness.channel.person.says('can you');
    await harness.model.held();
    await harness.channel.person.says('sum this up?');
    await harness.until(() => turnsDone(harness, 1), 'one turn for both');
    expect(harness.channel.messages().map(({ text }) => text)).toEqual(['Both.']);
    expect(harness.model.requests[1]?.messages.at(-1)?.text).toBe('can you\nsum this up?');
    expect(Object.values(await harness.stores.turns.counts()).reduce((a, b) => a + b, 0)).toBe(1);
    harness.model.assertComplete();
  });

  test('and came when the answer was whole already are a turn of their own; the answer shows', async () => {
    const { promise: stored, resolve: store } = Promise.withResolvers<void>();
    let storing = 0;
    const harness = await start({
      steps: [answer('One.'), answer('Two.')],
      wrap: (stores) => ({
        ...stores,
        turns: {
          ...stores.turns,
          async answer(...args) {
            storing += 1;
            if (storing === 1) await stored;
            return stores.turns.answer(...args);
          },
        },
      }),
      // Nothing shows before the end.
      capabilities: { canEdit: false },
    });
    await harness.channel.person.says('one');
    await harness.until(() => storing === 1, 'the answer whole');
    await harness.channel.person.says('two');
    store();
    await harness.until(() => turnsDone(harness, 2), 'two turns');
    expect(harness.channel.texts()).toEqual(['One.', 'Two.']);
    harness.model.assertComplete();
  });

  test('count as one attempt, so that one crash does not make the bot give them up', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metaclaw-bursts-'));
    folders.push(folder);
    const path = join(folder, 'metaclaw.db');
    const first = await createBotHarness({ path, steps: Array.from({ length: 4 }, () => hold([], [])) });
    await first.start();
    for (const [index, words] of ['so', 'can you', 'please', 'sum this up?'].entries()) {
      await first.channel.person.says(words);
      await first.model.request(index + 1);
      await first.model.held();
    }
    await first.until(
      async () => (await first.stores.inbox.pending()).every(({ attempts }) => attempts === 1),
      'each begun once',
    );
    first.kill();
    const second = await start({ path, channel: first.channel, steps: [answer('Here it is.')] });
    await second.until(() => turnsDone(second, 1), 'the answer');
    expect(second.channel.texts()).toEqual(['Here it is.']);
    expect(second.model.requests[0]?.messages.at(-1)?.text).toBe('so\ncan you\nplease\nsum this up?');
  });

  test('stay whole in the history when one of them is edited after the answer', async () => {
    const harness = await start({ steps: [hold([], []), answer('Both.'), answer('Sure.')] });
    await harness.channel.person.says('take the first list');
    await harness.model.held();
    const { event } = await harness.channel.person.says('and srot it');
    await harness.until(() => turnsDone(harness, 1), 'one turn for both');
    expect((await harness.channel.person.edits(event.ref, 'and sort it')).receipt).toBe('refused');
    await harness.clock.advance(10_000);
    await harness.channel.person.says('again');
    await harness.until(() => turnsDone(harness, 2), 'the next turn');
    expect(harness.model.requests[2]?.messages[1]?.text).toBe('take the first list\nand srot it');
  });
});
