import { z } from 'zod';
import { spaceId } from '../../../core/domain/ids.ts';
import { plainText } from '../../../core/domain/plain-text.ts';
import type { ApiCommands } from '../../../core/ports/api-commands.ts';
import type { MarkdownPort } from '../../../core/ports/markdown.ts';
import type { JsonEndpoint } from '../json-endpoint.ts';
import { checkedBody } from './checked-body.ts';

const platform = 'api';

export const commandBody = z
  .strictObject({
    space: z
      .string('expects text')
      .regex(
        /^(?:api:)?[^\s:]{1,100}$/,
        'expects the name of a space of keys, such as api:team or team; those of chats have commands of their own',
      )
      .describe('The space that the command is about, with or without `api:`.'),
    line: z
      .string('expects text')
      .regex(/\S/, 'is empty')
      .max(100_000, 'may have at most 100,000 characters')
      .describe('A command as in a chat, without a slash: `skill list`.'),
    about: z
      .string('expects text')
      .regex(/\S/, 'is empty')
      .max(200, 'may have at most 200 characters')
      .describe(
        'The answer that the command is about, by its id, its `x-metaclaw-turn-id` or its caller’s own name for it: for `why`, `feedback bad`, `reward hold`.',
      )
      .exactOptional(),
    as: z
      .string('expects text')
      .regex(/\S/, 'is empty')
      .max(100, 'may have at most 100 characters')
      .describe(
        'The name of a key of that space, or `local` for programs on the bot’s machine without one: the command is given as that caller, and reaches the skills that are its own.',
      )
      .exactOptional(),
    user: z
      .string('expects text')
      .regex(/\S/, 'is empty')
      .max(200, 'may have at most 200 characters')
      .describe('With `as`: one of those that the caller names in `X-User-Id`.')
      .exactOptional(),
  })
  .refine(({ as, user }) => user === undefined || as !== undefined, {
    path: ['user'],
    error: 'needs “as” beside it, the key whose user it is',
  })
  .meta({
    dependentRequired: { user: ['as'] },
    examples: [
      { space: 'api:local', line: 'skill list' },
      { space: 'team', line: 'skill approve 12.3fa2c1' },
      { space: 'team', line: 'why', about: 'chatcmpl-9XkQ' },
      { space: 'team', line: 'skill show short-answers', as: 'builder' },
    ],
  });

export const commandAnswer = z.strictObject({
  object: z.literal('command'),
  markdown: z.string(),
  text: z.string().describe('The same without markup.'),
});

/** `POST /v1/commands`: a command of the catalogue, given as a maintainer of an api space. */
export function commandsEndpoint(commands: ApiCommands, markdown: MarkdownPort): JsonEndpoint {
  return {
    method: 'POST',
    path: '/v1/commands',
    needsAdmin: true,
    async run({ caller, body }) {
      const { space, line, ...place } = checkedBody(commandBody, body);
      const wanted = spaceId(platform, space.replace(/^api:/, ''));
      const answer = await commands.run(wanted, line, caller, place);
      const text = plainText(markdown.parse(answer));
      return { status: 200, body: { object: 'command', markdown: answer, text } };
    },
  };
}
