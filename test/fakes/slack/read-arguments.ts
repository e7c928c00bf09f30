import { z } from 'zod';
import { malformed } from './api-refusal.ts';
import { type CallArguments, callSchemas, type MethodName } from './call-schemas.ts';

/** In a form everything is a string; these are read as what they stand for. */
const jsonFields = new Set([
  'attachments',
  'blocks',
  'chunks',
  'file_ids',
  'files',
  'loading_messages',
  'metadata',
  'view',
]);
const flags = new Set([
  'as_user',
  'include_all_metadata',
  'include_locale',
  'inclusive',
  'link_names',
  'mrkdwn',
  'reply_broadcast',
  'unfurl_links',
  'unfurl_media',
]);
const numbers = new Set(['length', 'limit']);
const recordSchema = z.record(z.string(), z.unknown());

export type RawArguments = Readonly<Record<string, unknown>>;

function readFormField(name: string, value: string): unknown {
  if (jsonFields.has(name)) {
    try {
      return JSON.parse(value);
    } catch {
      throw malformed(
        name === 'blocks' ? 'invalid_blocks_format' : 'invalid_arguments',
        `${name} is no JSON`,
      );
    }
  }
  if (flags.has(name)) {
    if (value === 'true' || value === '1') return true;
    return value === 'false' || value === '0' ? false : value;
  }
  return numbers.has(name) && /^\d+$/.test(value) ? Number(value) : value;
}

/** The arguments of a request as the SDK and others send them: a form, or JSON. */
export function readBody(contentType: string, body: string): RawArguments {
  if (body === '') return {};
  if (contentType.startsWith('application/json')) {
    try {
      return recordSchema.parse(JSON.parse(body));
    } catch {
      throw malformed('invalid_json');
    }
  }
  if (!contentType.startsWith('application/x-www-form-urlencoded')) throw malformed('invalid_post_type');
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [name, readFormField(name, value)]),
  );
}

/** The arguments as the method takes them; refused as Slack refuses them. */
export function checkArguments<M extends MethodName>(method: M, raw: RawArguments): CallArguments<M> {
  const schema: z.ZodType = callSchemas[method];
  const parsed = schema.safeParse(raw);
  // The schema is this method's own.
  if (parsed.success) return parsed.data as CallArguments<M>;
  const reasons = parsed.error.issues.map(
    (issue) => `${method}: ${issue.message} [json-pointer:/${issue.path.map(String).join('/')}]`,
  );
  const isAboutBlocks = parsed.error.issues.every((issue) => issue.path[0] === 'blocks');
  throw malformed(isAboutBlocks ? 'invalid_blocks' : 'invalid_arguments', ...reasons);
}
