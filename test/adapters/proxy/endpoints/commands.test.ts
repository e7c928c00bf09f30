import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../../adapters/markdown/markdown.ts';
import { commandsEndpoint } from '../../../../adapters/proxy/endpoints/commands.ts';
import type { ApiCommands } from '../../../../core/ports/api-commands.ts';
import { agent, callOf, refusalOf } from './json-call.ts';
import { validatorOf } from './openapi-validator.ts';

function commandsThat(markdown = 'done') {
  const given: unknown[] = [];
  const commands: ApiCommands = {
    async run(...args) {
      given.push(args);
      return markdown;
    },
  };
  const endpoint = commandsEndpoint(commands, createMarkdown());
  return { given, endpoint, ask: (body: unknown) => endpoint.run(callOf({ body })) };
}

describe('POST /v1/commands', () => {
  test.each(['api:team', 'team'])('gives the line as a maintainer of %s', async (space) => {
    const { given, ask } = commandsThat('**two** skills, 1\\.3fa2c1');
    const answer = await ask({ space, line: 'skill list' });
    expect(given).toEqual([['api:team', 'skill list', agent, {}]]);
    expect(answer).toEqual({
      status: 200,
      body: { object: 'command', markdown: '**two** skills, 1\\.3fa2c1', text: 'two skills, 1.3fa2c1' },
    });
    expect(validatorOf('Command')(answer.body)).toBe(true);
  });

  test('says which answer it is about', async () => {
    const { given, ask } = commandsThat();
    await ask({ space: 'team', line: 'why', about: 'chatcmpl-1' });
    expect(given).toEqual([['api:team', 'why', agent, { about: 'chatcmpl-1' }]]);
  });

  test('says as which caller it is given, and on whose behalf', async () => {
    const { given, ask } = commandsThat();
    await ask({ space: 'team', line: 'skill list', as: 'builder' });
    await ask({ space: 'team', line: 'skill list', as: 'builder', user: 'alice' });
    expect(given).toEqual([
      ['api:team', 'skill list', agent, { as: 'builder' }],
      ['api:team', 'skill list', agent, { as: 'builder', user: 'alice' }],
    ]);
    const body = { space: 'team', line: 'skill list', as: 'builder', user: 'alice' };
    expect(validatorOf('CommandRequest')(body)).toBe(true);
  });

  test('is for admin keys', () => {
    expect(commandsThat().endpoint.needsAdmin).toBe(true);
  });

  test.each([
    [undefined, 'invalid_input -'],
    [{ space: 'team' }, 'invalid_input line'],
    [{ line: 'status' }, 'invalid_input space'],
    [{ space: 'team', line: ' ' }, 'invalid_input line'],
    [{ space: 'slack:T1', line: 'status' }, 'invalid_input space'],
    [{ space: 'team', line: 'why', about: '' }, 'invalid_input about'],
    [{ space: 'team', line: 'status', as: ' ' }, 'invalid_input as'],
    [{ space: 'team', line: 'status', as: 'builder', user: '' }, 'invalid_input user'],
    [{ space: 'team', line: 'status', user: 'alice' }, 'invalid_input user'],
    [{ space: 'team', line: 'status', role: 'operator' }, 'invalid_input role'],
  ])('%j is refused: %s', async (body, refusal) => {
    const { given, ask } = commandsThat();
    expect(await refusalOf(ask(body))).toBe(refusal);
    expect(given).toEqual([]);
    expect(validatorOf('CommandRequest')(body)).toBe(false);
  });

  test('in a space of a chat is told that it is none of those here', async () => {
    const { ask } = commandsThat();
    await expect(ask({ space: 'web:web', line: 'status' })).rejects.toThrow('those of chats have commands');
  });

  test('a line without end is refused', async () => {
    const { ask } = commandsThat();
    expect(await refusalOf(ask({ space: 'team', line: 'x'.repeat(100_001) }))).toBe('invalid_input line');
  });
});
