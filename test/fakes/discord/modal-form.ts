import { z } from 'zod';
import { invalidForm } from './api-refusal.ts';
import type { Json } from './guild-model.ts';
import type { OpenInteraction } from './interactions.ts';

/** Modals as this project may open them: https://docs.discord.com/developers/components/reference */
const id = z.number().int().optional();
const customId = z.string().min(1).max(100);
const textInput = z.strictObject({
  type: z.literal(4),
  id,
  custom_id: customId,
  style: z.union([z.literal(1), z.literal(2)]),
  label: z.string().min(1).max(45).optional(),
  min_length: z.number().int().min(0).max(4_000).optional(),
  max_length: z.number().int().min(1).max(4_000).optional(),
  required: z.boolean().optional(),
  value: z.string().max(4_000).optional(),
  placeholder: z.string().max(100).optional(),
});
const option = z.strictObject({
  label: z.string().min(1).max(100),
  value: z.string().min(1).max(100),
  description: z.string().max(100).optional(),
  emoji: z.looseObject({}).optional(),
  default: z.boolean().optional(),
});
const stringSelect = z.strictObject({
  type: z.literal(3),
  id,
  custom_id: customId,
  options: z.array(option).min(1).max(25),
  placeholder: z.string().max(150).optional(),
  min_values: z.number().int().min(0).max(25).optional(),
  max_values: z.number().int().min(1).max(25).optional(),
  required: z.boolean().optional(),
});
const radioGroup = z.strictObject({
  type: z.literal(21),
  id,
  custom_id: customId,
  options: z.array(option).min(2).max(10),
  required: z.boolean().optional(),
});
const label = z.strictObject({
  type: z.literal(18),
  id,
  label: z.string().min(1).max(45),
  description: z.string().min(1).max(100).optional(),
  component: z.discriminatedUnion('type', [textInput, stringSelect, radioGroup]),
});
const textRow = z.strictObject({
  type: z.literal(1),
  id,
  components: z.array(textInput.required({ label: true })).length(1),
});
const textDisplay = z.strictObject({ type: z.literal(10), id, content: z.string().min(1).max(4_000) });

const modal = z.strictObject({
  custom_id: customId,
  title: z.string().min(1).max(45),
  components: z
    .array(z.discriminatedUnion('type', [label, textRow, textDisplay]))
    .min(1)
    .max(5),
});
export type Modal = z.infer<typeof modal>;
type Component = Modal['components'][number];
type Input = z.infer<typeof textInput> | z.infer<typeof stringSelect> | z.infer<typeof radioGroup>;

export interface OpenModal {
  readonly modal: Modal;
  /** What it was opened from. */
  readonly from: OpenInteraction;
}

export interface ShownField {
  readonly customId: string;
  readonly label: string;
  readonly kind: 'text' | 'choice';
  readonly choices: readonly { readonly label: string; readonly value: string }[];
  readonly isRequired: boolean;
  readonly placeholder: string | undefined;
  readonly maxChars: number | undefined;
  /** What stands in it to begin with. */
  readonly value: string | undefined;
}

export interface ShownForm {
  readonly customId: string;
  readonly title: string;
  readonly fields: readonly ShownField[];
}

export function readModal(data: unknown): Modal {
  const parsed = modal.safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidForm(`data.${issue?.path.join('.') ?? ''}`, 'BASE_TYPE_INVALID', issue?.message ?? '');
  }
  const ids = parsed.data.components.flatMap((one) => inputOf(one)?.custom_id ?? []);
  if (new Set(ids).size !== ids.length) {
    throw invalidForm(
      'data.components',
      'COMPONENT_CUSTOM_ID_DUPLICATED',
      'Component custom id cannot be duplicated',
    );
  }
  for (const one of parsed.data.components) {
    const input = inputOf(one);
    if (input?.type === 4 && (input.value ?? '').length > (input.max_length ?? 4_000)) {
      throw invalidForm('data.components', 'BASE_TYPE_MAX_LENGTH', 'Its value is longer than its length');
    }
  }
  return parsed.data;
}

const inputOf = (component: Component): Input | undefined =>
  component.type === 18 ? component.component : component.type === 1 ? component.components[0] : undefined;

export const readForm = ({ modal: { custom_id: formId, title, components } }: OpenModal): ShownForm => ({
  customId: formId,
  title,
  fields: components.flatMap((component) => {
    const input = inputOf(component);
    if (input === undefined) return [];
    return [
      {
        customId: input.custom_id,
        label: component.type === 18 ? component.label : input.type === 4 ? (input.label ?? '') : '',
        kind: input.type === 4 ? 'text' : 'choice',
        choices:
          input.type === 4 ? [] : input.options.map(({ label: text, value }) => ({ label: text, value })),
        isRequired: input.required ?? true,
        placeholder: input.type === 21 ? undefined : input.placeholder,
        maxChars: input.type === 4 ? input.max_length : undefined,
        value: input.type === 4 ? input.value : undefined,
      },
    ];
  }),
});

/** One filled-in field; refuses what Discord's own client does not let people send. */
function fillIn(input: Input, given: string | undefined): Json {
  // What was left alone is sent as it stood.
  const value = given ?? (input.type === 4 ? input.value : undefined);
  const isMissing = value === undefined || value === '';
  if ((input.required ?? true) && isMissing) throw new Error(`${input.custom_id} is required`);
  const base = { type: input.type, id: 1, custom_id: input.custom_id };
  if (input.type === 4) {
    const text = value ?? '';
    if (text.length > (input.max_length ?? 4_000)) throw new Error(`${input.custom_id} is too long`);
    if (!isMissing && text.length < (input.min_length ?? 0))
      throw new Error(`${input.custom_id} is too short`);
    return { ...base, value: text };
  }
  if (!isMissing && !input.options.some((one) => one.value === value)) {
    throw new Error(`${input.custom_id} has no choice ${value}`);
  }
  if (input.type === 21) return { ...base, value: isMissing ? null : value };
  return { ...base, values: isMissing ? [] : [value] };
}

/** The `data` of a submission. Values go by the fields' custom ids. */
export function submission({ modal: opened }: OpenModal, values: Readonly<Record<string, string>>): Json {
  const known = new Set(opened.components.flatMap((component) => inputOf(component)?.custom_id ?? []));
  for (const name of Object.keys(values)) {
    if (!known.has(name)) throw new Error(`the form has no field ${name}`);
  }
  return {
    custom_id: opened.custom_id,
    components: opened.components.map((component, index) => {
      const input = inputOf(component);
      if (input === undefined) return { type: component.type, id: index + 1 };
      const filled = fillIn(input, values[input.custom_id]);
      return component.type === 18
        ? { type: 18, id: index + 1, component: filled }
        : { type: 1, id: index + 1, components: [filled] };
    }),
    resolved: {},
  };
}
