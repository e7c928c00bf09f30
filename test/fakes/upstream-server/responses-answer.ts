import { type Asked, event, halves, madeAt, type Reply, usageOf } from './reply.ts';

interface Item {
  readonly id: string;
  readonly type: 'message' | 'function_call';
  readonly grown: string;
  readonly begun: object;
  readonly done: object;
}

const textPart = (text: string): object => ({ type: 'output_text', text, annotations: [], logprobs: [] });

function itemsOf({ text, calls = [] }: Reply, { number }: Asked): readonly Item[] {
  const said = (): Item => {
    const id = `msg_${number}`;
    const item = { id, type: 'message' as const, role: 'assistant' };
    return {
      id,
      type: item.type,
      grown: text ?? '',
      begun: { ...item, status: 'in_progress', content: [] },
      done: { ...item, status: 'completed', content: [textPart(text ?? '')] },
    };
  };
  const called = calls.map((call, place): Item => {
    const id = `fc_${number}_${place}`;
    const item = { id, type: 'function_call' as const, call_id: call.id, name: call.name };
    return {
      id,
      type: item.type,
      grown: call.arguments,
      begun: { ...item, status: 'in_progress', arguments: '' },
      done: { ...item, status: 'completed', arguments: call.arguments },
    };
  });
  return [...(text === undefined ? [] : [said()]), ...called];
}

function responseOf(reply: Reply, asked: Asked, status: string, output: readonly object[]): object {
  const { input, output: written } = usageOf(reply);
  const { fields } = asked;
  return {
    id: `resp_${asked.number}`,
    object: 'response',
    created_at: madeAt,
    status,
    error: null,
    incomplete_details: null,
    instructions: fields['instructions'] ?? null,
    metadata: fields['metadata'] ?? {},
    model: asked.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: fields['previous_response_id'] ?? null,
    temperature: 1,
    tool_choice: 'auto',
    tools: fields['tools'] ?? [],
    top_p: 1,
    usage:
      status === 'completed'
        ? {
            input_tokens: input,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: written,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: input + written,
          }
        : null,
  };
}

/** The response object of the OpenAI API reference. */
export function responsesBody(reply: Reply, asked: Asked): object {
  return responseOf(
    reply,
    asked,
    'completed',
    itemsOf(reply, asked).map(({ done }) => done),
  );
}

function partEvents({ id, type, grown }: Item, output_index: number): readonly object[] {
  const place = { item_id: id, output_index };
  if (type === 'function_call') {
    return [
      ...halves(grown).map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
      { type: 'response.function_call_arguments.done', ...place, arguments: grown },
    ];
  }
  const part = { ...place, content_index: 0 };
  return [
    { type: 'response.content_part.added', ...part, part: textPart('') },
    ...halves(grown).map((delta) => ({ type: 'response.output_text.delta', ...part, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...part, text: grown, logprobs: [] },
    { type: 'response.content_part.done', ...part, part: textPart(grown) },
  ];
}

/** The streaming events of the OpenAI API reference, numbered. */
export function responsesEvents(reply: Reply, asked: Asked): readonly string[] {
  const items = itemsOf(reply, asked);
  const begun = responseOf(reply, asked, 'in_progress', []);
  const events: readonly { readonly type: string }[] = [
    { type: 'response.created', ...{ response: begun } },
    { type: 'response.in_progress', ...{ response: begun } },
    ...items.flatMap((item, output_index) => [
      { type: 'response.output_item.added', output_index, item: item.begun },
      ...partEvents(item, output_index).map((one) => ({ type: '', ...one })),
      { type: 'response.output_item.done', output_index, item: item.done },
    ]),
    { type: 'response.completed', ...{ response: responsesBody(reply, asked) } },
  ];
  return events.map((one, sequence_number) => event({ ...one, sequence_number }, one.type));
}
