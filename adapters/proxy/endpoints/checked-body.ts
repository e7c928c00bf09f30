import type { z } from 'zod';
import { AppError } from '../../../core/domain/app-error.ts';

/** What the schema makes of a body. Throws `invalid_input` that names the field that is wrong, below `within`. */
export function checkedBody<T>(schema: z.ZodType<T>, body: unknown, within = ''): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(within === '' ? [] : [within]), ...(issue?.path.map(String) ?? [])];
  const field = [...path, ...(unknown === undefined ? [] : [unknown])].join('.');
  const what = unknown === undefined ? (issue?.message ?? 'unreadable') : 'there is no such field';
  if (field === '')
    throw new AppError('invalid_input', `The request needs a JSON object as its body: ${what}.`);
  throw new AppError('invalid_input', `“${field}”: ${what}.`, { details: { field } });
}
