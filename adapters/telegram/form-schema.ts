import { z } from 'zod';
import type { OpenForm } from './form-state.ts';

/*
 * What is kept of forms while they wait for an answer. Parsed, since another version of this program may have written it.
 */

const fieldSchema = z.object({
  fieldId: z.string(),
  label: z.string(),
  kind: z.enum(['text', 'choice']),
  choices: z.array(z.object({ value: z.string(), label: z.string() })).exactOptional(),
  maxChars: z.number().exactOptional(),
  placeholder: z.string().exactOptional(),
  value: z.string().exactOptional(),
  required: z.boolean(),
});

const openFormSchema = z.object({
  kind: z.literal('form'),
  form: z.object({
    formId: z.string(),
    title: z.string(),
    about: z
      .object({ platform: z.literal('telegram'), channelId: z.string(), messageId: z.string() })
      .exactOptional(),
    subject: z.string().exactOptional(),
    submitLabel: z.string(),
    fields: z.array(fieldSchema),
  }),
  asker: z.object({ userId: z.string(), name: z.string() }),
  place: z.object({
    chatId: z.string(),
    threadId: z.string().exactOptional(),
    audience: z.enum(['direct', 'group']),
    openedFrom: z.string().exactOptional(),
  }),
  values: z.record(z.string(), z.string()),
  expiresAt: z.number(),
  takenFrom: z.array(z.string()).exactOptional(),
  endedBy: z.string().exactOptional(),
});

/** A message that asks for one field of a form that stands on another message. */
const questionSchema = z.object({ kind: z.literal('question'), formId: z.string(), fieldId: z.string() });

export type StoredForm = z.infer<typeof openFormSchema>;
export type StoredQuestion = z.infer<typeof questionSchema>;

const storedSchema = z.union([openFormSchema, questionSchema]);

/** What stands behind a message; `undefined` for nothing, and for what this version does not understand. */
export function parseStored(value: unknown): StoredForm | StoredQuestion | undefined {
  const parsed = storedSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

export function toStored(state: OpenForm): { readonly kind: 'form' } & OpenForm {
  return { kind: 'form', ...state };
}

/** Without a message: the question was on its way when that was written. */
const questionIdsSchema = z.array(z.object({ fieldId: z.string(), messageId: z.string().exactOptional() }));

/** The questions that were asked for a form. */
export function parseQuestionIds(value: unknown): z.infer<typeof questionIdsSchema> {
  const parsed = questionIdsSchema.safeParse(value);
  return parsed.success ? parsed.data : [];
}

const latestSchema = z.union([
  z.object({ kind: z.literal('posting'), state: openFormSchema }),
  z.object({ kind: z.literal('posted'), formId: z.string() }),
]);

/** The form that somebody was shown last in a chat, which may still have been on its way when that was written. */
export function parseLatest(value: unknown): z.infer<typeof latestSchema> | undefined {
  const parsed = latestSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
