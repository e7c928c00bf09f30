import { describe, expect, test } from 'vitest';
import { countedAnswers } from '../../config/counted-answers.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import { spaceId } from '../../core/domain/ids.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { createAnswering } from '../../core/schedule/answering.ts';
import { answer, createScriptedModel, hold } from '../fakes/model/scripted-model.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';

const request: ModelRequest = { messages: [{ role: 'user', text: 'Hello?' }], tools: [] };
const never = new AbortController().signal;

async function collect(stream: AsyncIterable<ModelEvent>): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  return types;
}

describe('the model that answers people', () => {
  test('says what it says, and is known by the same name', async () => {
    const plain = createScriptedModel([answer('one', 'two')]);
    const counted = countedAnswers(
      createScriptedModel([answer('one', 'two')]),
      createAnswering(createFakeClock()),
    );
    expect(counted.description).toBe(plain.description);
    expect(await collect(counted.stream(request, never))).toEqual(
      await collect(plain.stream(request, never)),
    );
  });

  test('counts an answer from the moment on in which somebody waits for it to its end', async () => {
    const answering = createAnswering(createFakeClock());
    const scripted = createScriptedModel([hold()]);
    const counted = countedAnswers(scripted, answering);
    const stream = counted.stream(request, never);
    expect(answering.isAnswering()).toBe(false);
    const all = collect(stream);
    expect(answering.isAnswering()).toBe(true);
    await scripted.held();
    expect(answering.isAnswering()).toBe(true);
    scripted.release();
    await all;
    expect(answering.isAnswering()).toBe(false);
  });

  test('counts it for the space of the talk; without one for all', async () => {
    const [here, there] = [spaceId('web', 'here'), spaceId('web', 'there')];
    const conversation = encodeConversationKey({
      ...{ platform: 'web', spaceId: here, audience: 'group', channelId: 'c' },
    });
    const answeredIn = async (asked: ModelRequest): Promise<readonly boolean[]> => {
      const answering = createAnswering(createFakeClock());
      const scripted = createScriptedModel([hold()]);
      const all = collect(countedAnswers(scripted, answering).stream(asked, never));
      await scripted.held();
      const found = [here, there].map(answering.isAnswering);
      scripted.release();
      await all;
      return found;
    };
    expect(await answeredIn({ ...request, conversation })).toEqual([true, false]);
    expect(await answeredIn({ ...request, conversation: 'no key of ours' })).toEqual([true, true]);
    expect(await answeredIn(request)).toEqual([true, true]);
  });

  test('counts no more of what is dropped half way, and lets go of it', async () => {
    const answering = createAnswering(createFakeClock());
    const scripted = createScriptedModel([answer('one', 'two', 'three')]);
    for await (const event of countedAnswers(scripted, answering).stream(request, never)) {
      if (event.type === 'started') break;
    }
    expect(answering.isAnswering()).toBe(false);
    await scripted.idle();
  });

  test('counts no more of what breaks, although no model should', async () => {
    const answering = createAnswering(createFakeClock());
    const broken: ModelPort = {
      description: 'broken',
      // biome-ignore lint/correctness/useYield: it breaks before it says anything.
      async *stream() {
        throw new Error('broken');
      },
    };
    const stream = countedAnswers(broken, answering).stream(request, never);
    await expect(collect(stream)).rejects.toThrow('broken');
    expect(answering.isAnswering()).toBe(false);
  });
});
