import { paths } from './openapi-paths.ts';
import { schemas } from './openapi-schemas.ts';

const requestHeader = (name: string, description: string, schema: object) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
});

const parameters = {
  XSessionId: requestHeader(
    'X-Session-Id',
    'Your own name for the talk. Without one a talk is known by how it opened.',
    { type: 'string', minLength: 1, maxLength: 200 },
  ),
  XTurnType: requestHeader(
    'X-Turn-Type',
    '`main`, or anything else for a request beside the talk (a title, a summary): it is given no skills, and nothing is learned from it.',
    { type: 'string', default: 'main', examples: ['main', 'side'] },
  ),
  XSessionDone: requestHeader(
    'X-Session-Done',
    '`1`, `true`, `yes` or `on`: the talk ends with this answer.',
    {
      type: 'string',
      examples: ['true'],
    },
  ),
  XUserId: requestHeader('X-User-Id', 'On whose behalf you ask, where one key serves several people.', {
    type: 'string',
    minLength: 1,
    maxLength: 200,
  }),
  IdempotencyKey: requestHeader('Idempotency-Key', 'The same again is not counted twice.', {
    type: 'string',
    maxLength: 200,
  }),
  AnthropicVersion: requestHeader(
    'anthropic-version',
    'As Anthropic’s clients send it: the answer is in the shape of Anthropic’s API, and of models that are asked by it.',
    { type: 'string', examples: ['2023-06-01'] },
  ),
  ModelId: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'With its slashes as `%2F`.',
    schema: { type: 'string', examples: ['metaclaw/current'] },
  },
} as const;

const headers = {
  TurnId: {
    description: 'Names the answer, for feedback.',
    schema: { type: 'string' },
  },
  SessionId: { description: 'The session that the turn belongs to.', schema: { type: 'string' } },
  RetryAfter: {
    description: 'When to try again, in seconds from now; absent where waiting does not help.',
    schema: { type: 'integer', minimum: 1 },
  },
} as const;

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A key that begins with `mc_` or `mca_`.' },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same, as Anthropic’s clients send it.',
  },
  metaclawKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-metaclaw-key',
    description: 'The same, where the other headers hold a key for the upstream.',
  },
} as const;

/** What the proxy takes and answers, as an OpenAPI 3.1 document. `version`: of MetaClaw. */
export function openApiDocument(version: string) {
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'MetaClaw proxy',
      version,
      description:
        'Agents that point here instead of at their model’s server are given skills and learn from feedback. Requests and answers pass through as they are; only the system message grows, where a skill applies.',
    },
    servers: [{ url: '/' }],
    // The last: programs on the same machine need no key while none is asked for.
    security: [{ bearer: [] }, { apiKey: [] }, { metaclawKey: [] }, {}],
    tags: [{ name: 'Models' }, { name: 'Feedback' }, { name: 'Administration' }],
    paths,
    components: { schemas, parameters, headers, securitySchemes },
  } as const;
}
