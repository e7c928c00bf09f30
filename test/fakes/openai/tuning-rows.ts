import * as z from 'zod';

const text = z.string().min(1);
const weight = z.union([z.literal(0), z.literal(1)]);

const system = z.strictObject({ role: z.literal('system'), content: text });
const user = z.strictObject({ role: z.literal('user'), content: text });
const assistant = z.strictObject({
  role: z.literal('assistant'),
  content: text,
  weight: weight.optional(),
});

/** One line of the chat format (https://developers.openai.com/api/docs/guides/supervised-fine-tuning), without tools. */
const supervised = z
  .strictObject({ messages: z.array(z.discriminatedUnion('role', [system, user, assistant])).min(1) })
  .refine(({ messages }) => messages.at(-1)?.role === 'assistant', 'the last message must be the assistant’s')
  .refine(
    ({ messages }) => messages.some((message) => message.role === 'assistant' && message.weight !== 0),
    'at least one assistant message must have a weight other than 0',
  );

/** One assistant message, without a weight. */
const output = z.tuple([z.strictObject({ role: z.literal('assistant'), content: text })]);

/** One line of the preference format (https://developers.openai.com/api/docs/guides/direct-preference-optimization). */
const preference = z.strictObject({
  input: z
    .strictObject({
      messages: z
        .array(z.discriminatedUnion('role', [system, user, assistant.omit({ weight: true }).strict()]))
        .min(1),
      tools: z.array(z.unknown()).optional(),
      parallel_tool_calls: z.boolean().optional(),
    })
    .refine(({ messages }) => messages.at(-1)?.role === 'user', 'the last input message must be the user’s'),
  preferred_output: output,
  non_preferred_output: output,
});

const rows = { supervised, dpo: preference };

/** Of a training file; nothing is written of validation files. */
const leastRows = 10;

/** Each line as JSON; the first problem where one is none. */
export function readRows(jsonLines: string): readonly unknown[] | string {
  const lines = jsonLines.replace(/\n$/, '').split('\n');
  const values: unknown[] = [];
  for (const [at, line] of lines.entries()) {
    try {
      values.push(JSON.parse(line));
    } catch {
      return `Expected file to have JSONL format, where every line is a valid JSON dictionary. Line ${at + 1} is not a dictionary.`;
    }
  }
  return values;
}

/** What the validation of a job's files would say of these; `undefined` where they are right. */
export function rowsProblem(
  method: keyof typeof rows,
  train: readonly unknown[],
  check: readonly unknown[],
): string | undefined {
  for (const [at, row] of [...train, ...check].entries()) {
    const parsed = rows[method].safeParse(row);
    if (parsed.success) continue;
    const [issue] = parsed.error.issues;
    return `Invalid file format. Line ${at + 1}: ${issue?.path.join('.')} ${issue?.message}`;
  }
  if (train.length < leastRows) {
    return `Training file has ${train.length} example(s), but must have at least ${leastRows} examples`;
  }
  const seen = new Set(train.map((row) => JSON.stringify(row)));
  const isTwice = check.some((row) => seen.has(JSON.stringify(row)));
  return isTwice ? 'The same data is present in both training and validation files.' : undefined;
}
