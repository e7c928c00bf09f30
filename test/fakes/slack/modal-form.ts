import type { ModalView } from './call-schemas.ts';

export interface FieldInForm {
  /** The element's `action_id`. */
  readonly name: string;
  readonly blockId: string;
  readonly label: string;
  readonly kind: 'text' | 'choice';
  readonly isRequired: boolean;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** What stands in it to begin with. */
  readonly value: string | undefined;
}

export interface ShownForm {
  readonly viewId: string;
  readonly formId: string;
  readonly title: string;
  readonly submitLabel: string | undefined;
  readonly fields: readonly FieldInForm[];
  /** What the app found wrong with the last submission, by block id. */
  readonly errors: Readonly<Record<string, string>>;
}

type InputBlock = Extract<ModalView['blocks'][number], { type: 'input' }>;

export const inputsOf = (view: ModalView): readonly { block: InputBlock; blockId: string }[] =>
  view.blocks.flatMap((block, index) =>
    block.type === 'input' ? [{ block, blockId: block.block_id ?? `fake-input-${index}` }] : [],
  );

const initialOf = ({ element }: InputBlock): string | undefined =>
  element.type === 'plain_text_input' ? element.initial_value : undefined;

export function readFields(view: ModalView): readonly FieldInForm[] {
  return inputsOf(view).map(({ block, blockId }) => ({
    name: block.element.action_id,
    blockId,
    label: block.label.text,
    kind: block.element.type === 'plain_text_input' ? 'text' : 'choice',
    isRequired: block.optional !== true,
    value: initialOf(block),
    choices:
      block.element.type === 'plain_text_input'
        ? []
        : block.element.options.map((option) => ({ value: option.value, label: option.text.text })),
  }));
}

/** `state.values` of a submission; throws what Slack would show a person instead of sending it. */
export function stateOf(
  view: ModalView,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const entries = inputsOf(view).map(({ block, blockId }) => {
    const { element } = block;
    // What was left alone is sent as it stood.
    const given = values[element.action_id] ?? initialOf(block);
    const value = given === '' ? undefined : given;
    if (value === undefined && block.optional !== true)
      throw new Error(`${block.label.text} must be filled in`);
    if (element.type === 'plain_text_input') {
      if ((value?.length ?? 0) > (element.max_length ?? 3_000)) {
        throw new Error(`${block.label.text} is too long`);
      }
      return [blockId, { [element.action_id]: { type: element.type, value: value ?? null } }];
    }
    const option = element.options.find((candidate) => candidate.value === value);
    if (value !== undefined && option === undefined) throw new Error(`there is no choice ${value}`);
    return [blockId, { [element.action_id]: { type: element.type, selected_option: option ?? null } }];
  });
  return Object.fromEntries(entries);
}
