import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { Holds, OnlyKnown } from './sdk-types.ts';

/*
 * The blocks that this project sends, each as strict as Slack's reference:
 * https://docs.slack.dev/reference/block-kit/blocks and …/block-elements, …/composition-objects.
 * Typed with the SDK's own types, so that a field that it does not know fails to compile.
 */

const text = (max: number) => z.string().min(1).max(max);
const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema);

const blockId = optional(text(255));
const actionId = text(255);

const plainText = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: text(max), emoji: optional(z.boolean()) });
const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: text(max), verbatim: optional(z.boolean()) });
const anyText = (max: number) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);

const confirm = z.strictObject({
  title: optional(plainText(100)),
  text: anyText(300),
  confirm: optional(plainText(30)),
  deny: optional(plainText(30)),
  style: optional(z.enum(['primary', 'danger'])),
});

const button = z.strictObject({
  type: z.literal('button'),
  action_id: actionId,
  text: plainText(75),
  value: optional(text(2_000)),
  url: optional(text(3_000)),
  style: optional(z.enum(['primary', 'danger'])),
  accessibility_label: optional(text(75)),
  confirm: optional(confirm),
}) satisfies z.ZodType<types.Button>;

const feedbackButton = z.strictObject({
  text: plainText(75),
  value: text(2_000),
  accessibility_label: optional(text(75)),
});
const feedbackButtons = z.strictObject({
  type: z.literal('feedback_buttons'),
  action_id: actionId,
  positive_button: feedbackButton,
  negative_button: feedbackButton,
}) satisfies z.ZodType<types.FeedbackButtons>;

const iconButton = z.strictObject({
  type: z.literal('icon_button'),
  action_id: actionId,
  icon: z.literal('trash'),
  text: plainText(75),
  value: optional(text(2_000)),
  accessibility_label: optional(text(75)),
  confirm: optional(confirm),
}) satisfies z.ZodType<types.IconButton>;

const choice = z.strictObject({
  text: plainText(75),
  value: text(150),
  description: optional(plainText(75)),
}) satisfies z.ZodType<types.PlainTextOption>;

const staticSelect = z.strictObject({
  type: z.literal('static_select'),
  action_id: actionId,
  options: z.array(choice).min(1).max(100),
  initial_option: optional(choice),
  placeholder: optional(plainText(150)),
  focus_on_load: optional(z.boolean()),
  confirm: optional(confirm),
}) satisfies z.ZodType<types.StaticSelect>;

const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  action_id: actionId,
  options: z.array(choice).min(1).max(10),
  initial_option: optional(choice),
  focus_on_load: optional(z.boolean()),
  confirm: optional(confirm),
}) satisfies z.ZodType<types.RadioButtons>;

const plainTextInput = z
  .strictObject({
    type: z.literal('plain_text_input'),
    action_id: actionId,
    placeholder: optional(plainText(150)),
    initial_value: optional(z.string().max(3_000)),
    multiline: optional(z.boolean()),
    min_length: optional(z.int().min(0).max(3_000)),
    max_length: optional(z.int().min(1).max(3_000)),
    focus_on_load: optional(z.boolean()),
  })
  .refine(
    (input) => (input.initial_value?.length ?? 0) <= (input.max_length ?? 3_000),
    'initial_value is longer than max_length',
  ) satisfies z.ZodType<types.PlainTextInput>;

const style = optional(
  z.strictObject({
    bold: optional(z.boolean()),
    code: optional(z.boolean()),
    italic: optional(z.boolean()),
    strike: optional(z.boolean()),
    underline: optional(z.boolean()),
  }),
);
const richText = z.strictObject({ type: z.literal('text'), text: z.string().min(1), style });
const richLink = z.strictObject({
  type: z.literal('link'),
  url: text(3_000).regex(/^(?:https?:\/\/|mailto:)\S+$/i),
  text: optional(z.string().min(1)),
  unsafe: optional(z.boolean()),
  style,
});
const richElement = z.discriminatedUnion('type', [
  richText,
  richLink,
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string().min(1), style }),
  z.strictObject({ type: z.literal('emoji'), name: z.string().min(1), unicode: optional(z.string()), style }),
  z.strictObject({ type: z.literal('team'), team_id: z.string().min(1), style }),
  z.strictObject({ type: z.literal('user'), user_id: z.string().min(1), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string().min(1), style }),
]) satisfies z.ZodType<types.RichTextElement>;

const border = optional(z.union([z.literal(0), z.literal(1)]));
const richSection = z.strictObject({
  type: z.literal('rich_text_section'),
  elements: z.array(richElement).min(1),
});
const richTextBlock = z.strictObject({
  type: z.literal('rich_text'),
  block_id: blockId,
  elements: z
    .array(
      z.discriminatedUnion('type', [
        richSection,
        z.strictObject({
          type: z.literal('rich_text_list'),
          style: z.enum(['bullet', 'ordered']),
          indent: optional(z.int().min(0).max(8)),
          border,
          elements: z.array(richSection).min(1),
        }),
        z.strictObject({ type: z.literal('rich_text_quote'), border, elements: z.array(richElement).min(1) }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          border,
          elements: z.array(z.discriminatedUnion('type', [richText, richLink])).min(1),
        }),
      ]),
    )
    .min(1),
}) satisfies z.ZodType<types.RichTextBlock>;

const cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().min(1) }),
  richTextBlock,
]);

const actionsBlock = z.strictObject({
  type: z.literal('actions'),
  block_id: blockId,
  elements: z
    .array(z.discriminatedUnion('type', [button, staticSelect, radioButtons]))
    .min(1)
    .max(25),
}) satisfies z.ZodType<types.ActionsBlock>;

const contextBlock = z.strictObject({
  type: z.literal('context'),
  block_id: blockId,
  elements: z.array(anyText(3_000)).min(1).max(10),
}) satisfies z.ZodType<types.ContextBlock>;

const contextActionsBlock = z.strictObject({
  type: z.literal('context_actions'),
  block_id: blockId,
  elements: z
    .array(z.discriminatedUnion('type', [feedbackButtons, iconButton]))
    .min(1)
    .max(5),
}) satisfies z.ZodType<types.ContextActionsBlock>;

const dividerBlock = z.strictObject({
  type: z.literal('divider'),
  block_id: blockId,
}) satisfies z.ZodType<types.DividerBlock>;

const headerBlock = z.strictObject({
  type: z.literal('header'),
  block_id: blockId,
  text: plainText(150),
}) satisfies z.ZodType<types.HeaderBlock>;

const inputBlock = z.strictObject({
  type: z.literal('input'),
  block_id: blockId,
  label: plainText(2_000),
  hint: optional(plainText(2_000)),
  optional: optional(z.boolean()),
  dispatch_action: optional(z.boolean()),
  element: z.discriminatedUnion('type', [plainTextInput, staticSelect, radioButtons]),
}) satisfies z.ZodType<types.InputBlock>;

const markdownBlock = z.strictObject({
  type: z.literal('markdown'),
  block_id: blockId,
  text: text(12_000),
}) satisfies z.ZodType<types.MarkdownBlock>;

const sectionBlock = z
  .strictObject({
    type: z.literal('section'),
    block_id: blockId,
    text: optional(anyText(3_000)),
    fields: optional(z.array(anyText(2_000)).min(1).max(10)),
    accessory: optional(z.discriminatedUnion('type', [button, staticSelect, radioButtons])),
    expand: optional(z.boolean()),
  })
  .refine(
    (section) => section.text !== undefined || section.fields !== undefined,
    'a section needs text or fields',
  ) satisfies z.ZodType<types.SectionBlock>;

const tableBlock = z
  .strictObject({
    type: z.literal('table'),
    block_id: blockId,
    rows: z.array(z.array(cell).min(1).max(20)).min(1).max(100),
    column_settings: optional(
      z
        .array(
          z.strictObject({
            align: optional(z.enum(['left', 'center', 'right'])),
            is_wrapped: optional(z.boolean()),
          }),
        )
        .max(20),
    ),
  })
  .refine(
    (table) => table.rows.every((row) => row.length === table.rows[0]?.length),
    'rows must have equally many cells',
  ) satisfies z.ZodType<types.TableBlock>;

const everywhere = [
  actionsBlock,
  contextBlock,
  dividerBlock,
  headerBlock,
  richTextBlock,
  sectionBlock,
] as const;

/** https://docs.slack.dev/reference/block-kit/blocks says for each block which surfaces take it. */
export const messageBlock = z.discriminatedUnion('type', [
  ...everywhere,
  contextActionsBlock,
  markdownBlock,
  tableBlock,
]) satisfies z.ZodType<types.KnownBlock>;
export const viewBlock = z.discriminatedUnion('type', [
  ...everywhere,
  inputBlock,
]) satisfies z.ZodType<types.KnownBlock>;

export type MessageBlock = z.infer<typeof messageBlock>;
export type ViewBlock = z.infer<typeof viewBlock>;

/** No schema here names a field that the SDK does not know. */
export type BlocksAreTheSdks = [
  Holds<OnlyKnown<MessageBlock, types.KnownBlock>>,
  Holds<OnlyKnown<ViewBlock, types.KnownBlock>>,
];
