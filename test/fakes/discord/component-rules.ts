import { z } from 'zod';
import { invalidForm } from './api-refusal.ts';
import type { Json } from './guild-model.ts';

const button = z
  .strictObject({
    type: z.literal(2),
    id: z.number().int().optional(),
    style: z.number().int().min(1).max(6),
    label: z.string().max(80).optional(),
    emoji: z
      .strictObject({
        id: z.string().nullish(),
        name: z.string().nullish(),
        animated: z.boolean().optional(),
      })
      .optional(),
    custom_id: z.string().min(1).max(100).optional(),
    url: z.url().max(512).optional(),
    disabled: z.boolean().optional(),
  })
  .refine(
    ({ style, url, custom_id: id }) =>
      style === 5 ? url !== undefined && id === undefined : id !== undefined && url === undefined,
    {
      error: 'a button has a custom_id, or as a link a url',
    },
  )
  .refine(({ label, emoji }) => (label ?? '') !== '' || emoji !== undefined, {
    error: 'a button needs a label or an emoji',
  });

const option = z.strictObject({
  label: z.string().min(1).max(100),
  value: z.string().min(1).max(100),
  description: z.string().max(100).optional(),
  emoji: z.looseObject({}).optional(),
  default: z.boolean().optional(),
});
const select = z.strictObject({
  type: z.literal(3),
  id: z.number().int().optional(),
  custom_id: z.string().min(1).max(100),
  options: z.array(option).min(1).max(25),
  placeholder: z.string().max(150).optional(),
  min_values: z.number().int().min(0).max(25).optional(),
  max_values: z.number().int().min(1).max(25).optional(),
  disabled: z.boolean().optional(),
});

/** Five buttons, or one select menu: https://docs.discord.com/developers/components/reference#action-row */
const row = z.strictObject({
  type: z.literal(1),
  id: z.number().int().optional(),
  components: z.union([z.array(button).min(1).max(5), z.array(select).length(1)]),
});

const customIdsOf = (components: readonly unknown[]): readonly string[] =>
  components.flatMap((component) => {
    if (typeof component !== 'object' || component === null) return [];
    const inside =
      'components' in component && Array.isArray(component.components) ? component.components : [];
    const own =
      'custom_id' in component && typeof component.custom_id === 'string' ? [component.custom_id] : [];
    return [...own, ...customIdsOf(inside)];
  });

/** Discord numbers the components that come without a number, from the top down. */
export function numbered(components: readonly Json[]): readonly Json[] {
  let last = 0;
  const number = (component: Json): Json => {
    last += 1;
    const id = component['id'] ?? last;
    const inside = component['components'];
    return { ...component, id, ...(Array.isArray(inside) ? { components: inside.map(number) } : {}) };
  };
  return components.map(number);
}

/** Refuses what Discord refuses under a message. Components v2 are held against the API's description only. */
export function checkComponents(components: readonly Json[], isV2: boolean): void {
  const ids = customIdsOf(components);
  if (new Set(ids).size !== ids.length) {
    throw invalidForm(
      'components',
      'COMPONENT_CUSTOM_ID_DUPLICATED',
      'Component custom id cannot be duplicated',
    );
  }
  if (isV2) return;
  if (components.length > 5)
    throw invalidForm('components', 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.');
  const parsed = z.array(row).safeParse(components);
  if (parsed.success) return;
  const issue = parsed.error.issues[0];
  throw invalidForm(`components.${issue?.path.join('.') ?? ''}`, 'COMPONENT_INVALID', issue?.message ?? '');
}
