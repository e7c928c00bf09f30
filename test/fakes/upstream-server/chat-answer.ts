import { type Asked, event, halves, madeAt, type Reply, type ReplyCall, usageOf } from './reply.ts';

const idOf = ({ number }: Asked): string => `chatcmpl-${number}`;
const finishOf = ({ calls = [] }: Reply): string => (calls.length > 0 ? 'tool_calls' : 'stop');

function countsOf(reply: Reply): object {
  const { input, output } = usageOf(reply);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

const toolCall = ({ id, name, arguments: json }: ReplyCall): object => ({
  id,
  type: 'function',
  function: { name, arguments: json },
});

function logprobsOf({ fields }: Asked, text: string): object | null {
  if (fields['logprobs'] !== true) return null;
  return { content: [{ token: text, logprob: -0.5, bytes: null, top_logprobs: [] }], refusal: null };
}

const choicesOf = ({ fields }: Asked): readonly number[] =>
  Array.from({ length: typeof fields['n'] === 'number' ? fields['n'] : 1 }, (_, index) => index);

/** The chat completion object of the OpenAI API reference. */
export function chatBody(reply: Reply, asked: Asked): object {
  const { text = null, calls = [] } = reply;
  const message = {
    role: 'assistant',
    content: text,
    refusal: null,
    annotations: [],
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(toolCall) }),
  };
  return {
    id: idOf(asked),
    object: 'chat.completion',
    created: madeAt,
    model: asked.model,
    choices: choicesOf(asked).map((index) => ({
      index,
      message,
      logprobs: logprobsOf(asked, text ?? ''),
      finish_reason: finishOf(reply),
    })),
    usage: countsOf(reply),
    service_tier: 'default',
    system_fingerprint: 'fp_fake',
  };
}

/** Chat completion chunks of the OpenAI API reference, with `[DONE]`; calls are written piece by piece, by turns. */
export function chatEvents(reply: Reply, asked: Asked): readonly string[] {
  const { text = '', calls = [] } = reply;
  const head = { id: idOf(asked), object: 'chat.completion.chunk', created: madeAt, model: asked.model };
  const options = asked.fields['stream_options'];
  const tellsUsage = typeof options === 'object' && options !== null && 'include_usage' in options;
  const chunk = (choices: readonly object[], usage: object | null = null): string =>
    event({ ...head, system_fingerprint: 'fp_fake', choices, ...(tellsUsage ? { usage } : {}) });
  const delta = (index: number, said: object, finish: string | null = null): string =>
    chunk([
      {
        index,
        delta: said,
        logprobs:
          'content' in said && typeof said.content === 'string' ? logprobsOf(asked, said.content) : null,
        finish_reason: finish,
      },
    ]);
  const begun = calls.map((call, index) => ({
    index,
    ...toolCall({ ...call, arguments: '' }),
  }));
  const pieces = [0, 1].flatMap((half) =>
    calls.map((call, index) => ({ index, function: { arguments: halves(call.arguments)[half] ?? '' } })),
  );
  return choicesOf(asked)
    .flatMap((index) => [
      delta(index, { role: 'assistant', content: text === '' ? null : '' }),
      ...halves(text).map((content) => delta(index, { content })),
      ...[...begun, ...pieces].map((call) => delta(index, { tool_calls: [call] })),
      delta(index, {}, finishOf(reply)),
    ])
    .concat(tellsUsage ? [chunk([], countsOf(reply))] : [], ['data: [DONE]\n\n']);
}
