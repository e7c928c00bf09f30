import { z } from 'zod';
import type { SourceModel } from './model-list.ts';

export const openAiModel = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.number().int(),
  owned_by: z.string(),
});

export const anthropicModel = z.looseObject({
  type: z.literal('model'),
  id: z.string(),
  display_name: z.string(),
  created_at: z.iso.datetime({ offset: true }),
});

/** How the two lists of models look (OpenAI API reference, "List models"; Anthropic API reference, "List models"). */
export const openAiList = z.strictObject({ object: z.literal('list'), data: z.array(openAiModel) });
export const anthropicList = z.strictObject({
  data: z.array(anthropicModel),
  has_more: z.literal(false),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
});
export type OpenAiModel = z.infer<typeof openAiModel>;
export type AnthropicModel = z.infer<typeof anthropicModel>;

/** As Anthropic’s reference has it for an unknown date. */
const unknownDate = '1970-01-01T00:00:00Z';

const whole = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) ? Number(value) : undefined;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** As it came where it came in this shape, else what of it can be told in it. */
export function toOpenAi({ source, model }: SourceModel): OpenAiModel {
  const asItIs = openAiModel.safeParse(model);
  if (asItIs.success) return asItIs.data;
  const since = Date.parse(text(model['created_at']) ?? unknownDate);
  return {
    id: model.id,
    object: 'model',
    created: whole(model['created']) ?? (Number.isNaN(since) ? 0 : Math.floor(since / 1_000)),
    owned_by: text(model['owned_by']) ?? source,
  };
}

/** The same for Anthropic’s clients. */
export function toAnthropic({ model }: SourceModel): AnthropicModel {
  const asItIs = anthropicModel.safeParse(model);
  if (asItIs.success) return asItIs.data;
  return {
    type: 'model',
    id: model.id,
    display_name: text(model['display_name']) ?? text(model['name']) ?? model.id,
    created_at: dateOf(whole(model['created'])),
    // Nothing is known of what its clients may also read.
    capabilities: null,
    max_input_tokens: null,
    max_tokens: null,
    line: null,
    lifecycle: 'active',
    deprecated_at: null,
    retires_at: null,
  };
}

function dateOf(seconds: number | undefined): string {
  const at = new Date((seconds ?? 0) * 1_000);
  const year = at.getUTCFullYear();
  return year >= 1970 && year <= 9_999 ? at.toISOString() : unknownDate;
}
