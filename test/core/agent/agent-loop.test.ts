import { describe, expect, test } from 'vitest';
import { type AgentEvent, type AgentLoopDeps, agentLoop } from '../../../core/agent/agent-loop.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import type { ModelEvent, ModelRequest } from '../../../core/domain/model.ts';
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

const place = {
  platform: 'fake',
  spaceId: spaceId('fake', 's'),
  audience: 'direct',
  channelId: 'c',
} as const;

/** The last event of an answer whose calls go like this. */
async function endOf(
  rounds: readonly (readonly ModelEvent[])[],
  deps: Partial<AgentLoopDeps> = {},
  onAsked: (request: ModelRequest) => void = () => {},
): Promise<AgentEvent | undefined> {
  let round = 0;
  const model: AgentLoopDeps['model'] = {
    description: 'm',
    async *stream(request) {
      onAsked(request);
      round += 1;
      yield* rounds[round - 1] ?? [];
    },
  };
  const context = { conversation: place, askerId: personId('fake', 'ann') };
  const all = { model, tools, maxToolRounds: 3, ...deps };
  let last: AgentEvent | undefined;
  for await (const event of agentLoop(
    [{ role: 'user', text: 'hi' }],
    all,
    context,
    new AbortController().signal,
  )) {
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

  test('is nothing where no engine answers, and where one answered some of the calls', async () => {
    expect(await endOf([[started, text, completed()]])).toMatchObject({ sampled: [] });
    const mixed = [
      [started, callsTool, completed()],
      [started, text, completed(two)],
    ];
    expect(await endOf(mixed)).toMatchObject({ type: 'completed', sampled: [] });
  });

  test.each<[string, readonly ModelEvent[]]>([
    ['fails', [started, text, { type: 'failed', error: broken }]],
    ['never ends', [started, text]],
  ])('of the calls before is told by nothing when a later one %s', async (_, last) => {
    const end = await endOf([[started, text, callsTool, completed(one)], last]);
    expect(end).toEqual({ type: 'failed', error: expect.any(AppError) });
  });
});

test('every call says whose talk it is, the same for each of one conversation', async () => {
  const asked: ModelRequest[] = [];
  await endOf(
    [
      [started, callsTool, completed()],
      [started, text, completed()],
    ],
    {},
    (request) => asked.push(request),
  );
  expect(asked.map(({ conversation }) => conversation)).toEqual([
    encodeConversationKey(place),
    encodeConversationKey(place),
  ]);
});
