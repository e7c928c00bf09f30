import * as z from 'zod';
import type { TerminalInput, TerminalOutput } from './link.ts';

const MAX_INPUT_CHARS = 32_000;

const inputSchema = z.strictObject({
  kind: z.enum(['line', 'complete']),
  inputId: z.string().regex(/^[a-z0-9_]{1,64}$/),
  enteredAt: z.int().min(0),
  text: z.string().max(MAX_INPUT_CHARS),
});

const message = { messageId: z.string(), text: z.string(), footnote: z.string().optional() };

const outputSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message'), ...message }),
  z.object({ kind: z.literal('append'), messageId: z.string(), text: z.string() }),
  z.object({ kind: z.literal('close'), ...message }),
  z.object({ kind: z.literal('activity'), activity: z.enum(['thinking', 'idle']) }),
  z.object({ kind: z.literal('choices'), inputId: z.string(), choices: z.array(z.string()) }),
  z.object({ kind: z.literal('commands'), names: z.array(z.string()) }),
]);

/** What came over the wire, or `undefined` when it is not an input. */
export function parseInput(value: unknown): TerminalInput | undefined {
  return inputSchema.safeParse(value).data;
}

/** As `parseInput`, for the other direction; kinds of a newer version are `undefined` too. */
export function parseOutput(value: unknown): TerminalOutput | undefined {
  return outputSchema.safeParse(value).data as TerminalOutput | undefined;
}
