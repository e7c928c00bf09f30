import { describe, expect, test } from 'vitest';
import { type AgentEvent, type AgentLoopDeps, agentLoop } from '../../../core/agent/agent-loop.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import type { ModelEvent } from '../../../core/domain/model.ts';
import type { SampledTokens } from '../../../core/domain/sampling.ts';
import type { ToolPort } from '../../../core/ports/tool.ts';
import { sampleSampled } from '../../contract/store-samples.ts';

const tools: ToolPort = {
  list: () => [{ name: 'look', description: 'Looks.', parameters: {} }],
  call: async () => ({ text: 'seen', isError: false }),
};
const call = { id: 'c1', name: 'look', argumentsJson: '{}' };
const [one, two] = [sampleSampled('one', 1), sampleSampled('two', 2)];

const started: ModelEvent = { type: 'started', model: 'm' };
const text: ModelEvent = { type: 'text', text: 'words' };
const callsTool: ModelEvent = { type: 'tool_call', call };
const completed = (sampled?: SampledTokens): ModelEvent => ({
  type: 'completed',
  finishReason: 'stop',
  ...(sampled === undefined ? {} : { sampled }),
});
const broken = new AppError('network', 'It broke.');

/** The last event of an answer whose calls go like this. */
async function endOf(
  rounds: readonly (readonly ModelEvent[])[],
  deps: Partial<AgentLoopDeps> = {},
  controller = new AbortController(),
): Promise<AgentEvent | undefined> {
  let round = 0;
  const model: AgentLoopDeps['model'] = {
    description: 'm',
    async *stream() {
      round += 1;
      yield* rounds[round - 1] ?? [];
    },
  };
  const place = {
    platform: 'fake',
    spaceId: spaceId('fake', 's'),
    audience: 'direct',
    channelId: 'c',
  } as const;
  const context = { conversation: place, askerId: personId('fake', 'ann') };
  const all = { model, tools, maxToolRounds: 3, ...deps };
  let last: AgentEvent | undefined;
  for await (const event of agentLoop([{ role: 'user', text: 'hi' }], all, context, controller.signal)) {
    last = event;
  }
  return last;
}

describe('what engines read and wrote', () => {
  test('comes with the end, of all calls in order', async () => {
    const end = await endOf([
      [started, text, callsTool, completed(one)],
      [started, text, completed(two)],
    ]);
    expect(end).toEqual({ type: 'completed', truncated: false, sampled: [one, two] });
  });

  test('is nothing where no engine answers, and what there is where one answered some calls', async () => {
    expect(await endOf([[started, text, completed()]])).toMatchObject({ sampled: [] });
    const mixed = [
      [started, callsTool, completed()],
      [started, text, completed(two)],
    ];
    expect(await endOf(mixed)).toMatchObject({ type: 'completed', sampled: [two] });
  });

  test.each<[string, readonly ModelEvent[]]>([
    ['fails', [started, text, { type: 'failed', error: broken }]],
    ['never ends', [started, text]],
  ])('of the calls before stays when a later one %s', async (_, last) => {
    const end = await endOf([[started, text, callsTool, completed(one)], last]);
    expect(end).toMatchObject({ type: 'failed', sampled: [one] });
  });

  test('of the last call stays when it asks for tools too often', async () => {
    const end = await endOf([[started, callsTool, completed(one)]], { maxToolRounds: 0 });
    expect(end).toMatchObject({ type: 'failed', error: { code: 'bad_reply' }, sampled: [one] });
  });

  test('stays when a tool is stopped', async () => {
    const controller = new AbortController();
    const stopped: ToolPort = {
      ...tools,
      async call() {
        controller.abort();
        throw new AppError('aborted', 'The tool was stopped.');
      },
    };
    const end = await endOf([[started, callsTool, completed(one)]], { tools: stopped }, controller);
    expect(end).toMatchObject({ type: 'failed', error: { code: 'aborted' }, sampled: [one] });
  });
});
