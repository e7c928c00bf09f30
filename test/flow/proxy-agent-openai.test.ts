import OpenAI from 'openai';
import { ResponsesToolRunner, runnerFunction } from 'openai/helpers/responses-tool-runner';
import { zodFunction, zodResponseFormat, zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { agentRig, question, type Server, steps, wholeReply } from './proxy-agent-rig.ts';

const clientOf = ({ baseUrl, apiKey, fetch }: Server): OpenAI =>
  new OpenAI({ apiKey, baseURL: baseUrl, fetch, maxRetries: 0 });

const model = 'gpt-test';
const town = z.object({ city: z.string() });
const described = { name: 'weather', description: 'Tells the weather of a town.', parameters: town };
const said = 'Kiel: rain. Bern: rain. Oslo: rain.';
const told = { towns: [{ name: 'Kiel', weather: 'rain' }] };
const report = z.object({ towns: z.array(z.object({ name: z.string(), weather: z.string() })) });

/** In Kiel it rains; what was asked for is kept. */
function reportTo(towns: string[]): (asked: z.infer<typeof town>) => string {
  return ({ city }) => {
    towns.push(city);
    return `In ${city} it rains.`;
  };
}

describe('the tool runner of the openai client for chat completions', () => {
  const system = { role: 'system' as const, content: 'Be brief.' };
  const user = { role: 'user' as const, content: question };

  test.each([
    ['a system message', [system, user]],
    ['no system message', [user]],
  ])('calls its tools until all is told, with %s', async (_, messages) => {
    const { run, say, oneTurn } = await agentRig();
    say(...steps);
    const { towns, content, ids } = await run(async (server) => {
      const towns: string[] = [];
      const runner = clientOf(server).chat.completions.runTools({
        model,
        messages,
        tools: [zodFunction({ ...described, function: reportTo(towns) })],
      });
      const content = await runner.finalContent();
      return { towns, content, ids: runner.allChatCompletions().map(({ id }) => id) };
    });
    expect(towns).toEqual(['Kiel', 'Bern', 'Oslo']);
    expect(content).toBe(said);
    expect(ids).toEqual(['chatcmpl-1', 'chatcmpl-2', 'chatcmpl-3']);
    await oneTurn(wholeReply, ids);
  });

  test('streams the same, piece by piece', async () => {
    const { run, say, oneTurn } = await agentRig();
    say(...steps);
    const { towns, pieces, ids } = await run(async (server) => {
      const towns: string[] = [];
      const runner = clientOf(server).chat.completions.runTools({
        model,
        stream: true,
        stream_options: { include_usage: true },
        messages: [system, user],
        // The client’s own reader of forms takes calls that are written one after the other only.
        tools: [
          {
            type: 'function',
            function: {
              name: 'weather',
              description: 'Tells the weather of a town.',
              parameters: { type: 'object', properties: { city: { type: 'string' } } },
              parse: (json: string) => town.parse(JSON.parse(json)),
              function: reportTo(towns),
            },
          },
        ],
      });
      const pieces: string[] = [];
      runner.on('content', (piece) => pieces.push(piece));
      await runner.done();
      return { towns, pieces, ids: runner.allChatCompletions().map(({ id }) => id) };
    });
    expect(towns).toEqual(['Kiel', 'Bern', 'Oslo']);
    expect(pieces.join('')).toBe(`I will look.${said}`);
    expect(pieces.length).toBeGreaterThan(2);
    await oneTurn(wholeReply, ids);
  });
});

describe.each(['in one piece', 'streamed'])(
  'an answer that the openai client reads into a form, %s',
  (how) => {
    const isStream = how === 'streamed';

    test('of chat completions', async () => {
      const { run, say, oneTurn } = await agentRig();
      say({ text: JSON.stringify(told) });
      const { parsed, id } = await run(async (server) => {
        const { completions } = clientOf(server).chat;
        const asked = {
          model,
          messages: [{ role: 'user' as const, content: question }],
          response_format: zodResponseFormat(report, 'report'),
        };
        const answer = isStream
          ? await completions.stream(asked).finalChatCompletion()
          : await completions.parse(asked);
        return { parsed: answer.choices[0]?.message.parsed, id: answer.id };
      });
      expect(parsed).toEqual(told);
      await oneTurn(JSON.stringify(told), [id]);
    });

    test('of responses', async () => {
      const { run, say, oneTurn } = await agentRig();
      say({ text: JSON.stringify(told) });
      const { parsed, id } = await run(async (server) => {
        const { responses } = clientOf(server);
        const asked = { model, input: question, text: { format: zodTextFormat(report, 'report') } };
        const answer = isStream
          ? await responses.stream(asked).finalResponse()
          : await responses.parse(asked);
        return { parsed: answer.output_parsed, id: answer.id };
      });
      expect(parsed).toEqual(told);
      await oneTurn(JSON.stringify(told), [id]);
    });
  },
);

describe('a loop over streamed responses of the openai client', () => {
  const tools = [zodResponsesFunction(described)];

  function resultsOf(output: readonly OpenAI.Responses.ResponseOutputItem[]) {
    return output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: 'rain' }]
        : [],
    );
  }

  test('that goes on by the id before is one turn', async () => {
    const { run, say, oneTurn } = await agentRig();
    say(...steps);
    const { text, ids } = await run(async (server) => {
      const { responses } = clientOf(server);
      const ids: string[] = [];
      let answer = await responses.stream({ model, input: question, tools }).finalResponse();
      for (;;) {
        ids.push(answer.id);
        const input = resultsOf(answer.output);
        if (input.length === 0) return { text: answer.output_text, ids };
        answer = await responses
          .stream({ model, previous_response_id: answer.id, input, tools })
          .finalResponse();
      }
    });
    expect(text).toBe(said);
    expect(ids).toEqual(['resp_1', 'resp_2', 'resp_3']);
    await oneTurn(wholeReply, ids);
  });

  test.each([false, true])('that its tool runner leads is one turn; streamed: %s', async (stream) => {
    const { run, say, oneTurn } = await agentRig();
    say(...steps);
    const { towns, text, ids } = await run(async (server) => {
      const towns: string[] = [];
      const tool = zodResponsesFunction({ ...described, function: reportTo(towns) });
      const runner = new ResponsesToolRunner({ functions: [runnerFunction(tool)] });
      const asked = { model, input: question, instructions: 'Be brief.' };
      const ids: string[] = [];
      let text = '';
      for await (const { response } of runner.iterate(clientOf(server), asked, { stream })) {
        ids.push(response.id);
        text = response.output_text;
      }
      return { towns, text, ids };
    });
    expect(towns).toEqual(['Kiel', 'Bern', 'Oslo']);
    expect(text).toBe(said);
    await oneTurn(wholeReply, ids);
  });
});
