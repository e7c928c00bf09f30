/*
 * What the Bot API has gained since the description beside the project was made, by hand. One entry a change, each with
 * the changelog that told of it; an entry goes as soon as the description has it (a test says so).
 */

export interface SpecField {
  readonly name: string;
  readonly types: readonly string[];
  readonly required: boolean;
  readonly description: string;
}

export interface SpecPart {
  readonly fields?: readonly SpecField[] | undefined;
  readonly subtypes?: readonly string[] | undefined;
}

export interface BotApiSpec {
  readonly version: string;
  readonly methods: Readonly<Record<string, SpecPart>>;
  readonly types: Readonly<Record<string, SpecPart>>;
}

/** Changes `of` a method or type: new ones with all their fields, known ones with more of them or looser ones. */
export interface OverlayEntry {
  readonly changelog: string;
  readonly in: 'methods' | 'types';
  readonly of: string;
  readonly change: 'new' | 'more fields' | 'no longer required';
  readonly fields: readonly SpecField[];
}

const july = 'https://core.telegram.org/bots/api-changelog#july-14-2026';
const august = 'https://core.telegram.org/bots/api-changelog#august-24-2026';

const field = (name: string, types: readonly string[], required = false): SpecField => ({
  name,
  types,
  required,
  description: '',
});
const chatId = field('chat_id', ['Integer', 'String'], true);
const ephemeralMessage = [
  chatId,
  field('receiver_user_id', ['Integer'], true),
  field('ephemeral_message_id', ['Integer'], true),
];

export const botApiOverlay: readonly OverlayEntry[] = [
  // 10.2: messages that one person in a group sees.
  {
    changelog: july,
    in: 'methods',
    of: 'deleteEphemeralMessage',
    change: 'new',
    fields: ephemeralMessage,
  },
  {
    changelog: july,
    in: 'methods',
    of: 'editEphemeralMessageText',
    change: 'new',
    fields: [
      ...ephemeralMessage,
      field('text', ['String'], true),
      field('parse_mode', ['String']),
      field('entities', ['Array of MessageEntity']),
      field('link_preview_options', ['LinkPreviewOptions']),
      field('reply_markup', ['InlineKeyboardMarkup']),
    ],
  },
  {
    changelog: july,
    in: 'types',
    of: 'ReplyParameters',
    change: 'more fields',
    fields: [field('ephemeral_message_id', ['Integer'])],
  },
  {
    changelog: july,
    in: 'types',
    of: 'ReplyParameters',
    change: 'no longer required',
    fields: [field('message_id', ['Integer'])],
  },
  {
    changelog: july,
    in: 'types',
    of: 'BotCommand',
    change: 'more fields',
    fields: [field('is_ephemeral', ['Boolean'])],
  },
  // 10.3: how they are sent, and drafts that a person can stop.
  {
    changelog: august,
    in: 'types',
    of: 'EphemeralMessageParameters',
    change: 'new',
    fields: [
      field('receiver_user_id', ['Integer'], true),
      field('callback_query_id', ['String']),
      field('replace_callback_query_message', ['Boolean']),
    ],
  },
  {
    changelog: august,
    in: 'methods',
    of: 'sendMessage',
    change: 'more fields',
    fields: [field('ephemeral_message_parameters', ['EphemeralMessageParameters'])],
  },
  {
    changelog: august,
    in: 'methods',
    of: 'sendMessageDraft',
    change: 'more fields',
    fields: [field('can_stop', ['Boolean']), field('keep_on_stop', ['Boolean'])],
  },
  {
    changelog: august,
    in: 'types',
    of: 'MessageGenerationStopped',
    change: 'new',
    fields: [
      field('chat', ['Chat'], true),
      field('message_thread_id', ['Integer']),
      field('draft_id', ['Integer'], true),
    ],
  },
  {
    changelog: august,
    in: 'types',
    of: 'Update',
    change: 'more fields',
    fields: [field('stopped_message_generation', ['MessageGenerationStopped'])],
  },
];

/** Why entries have no place in the overlay of a description; nothing where all have one. */
export function superfluous(spec: BotApiSpec, overlay: readonly OverlayEntry[]): readonly string[] {
  return overlay.flatMap((entry) => {
    const part = spec[entry.in][entry.of];
    if (entry.change === 'new')
      return part === undefined ? [] : [`${entry.of} is in ${spec.version} already`];
    if (part === undefined) return [`${entry.of} is not in ${spec.version}`];
    return entry.fields.flatMap(({ name }) => {
      const known = part.fields?.find((candidate) => candidate.name === name);
      if (entry.change === 'more fields')
        return known === undefined ? [] : [`${entry.of}.${name} is in ${spec.version} already`];
      return known?.required === true ? [] : [`${entry.of}.${name} is not required in ${spec.version}`];
    });
  });
}

/** The description with everything newer. */
export function overlaid(spec: BotApiSpec, overlay: readonly OverlayEntry[]): BotApiSpec {
  let merged = spec;
  for (const entry of overlay) {
    const names = new Set(entry.fields.map(({ name }) => name));
    const before = merged[entry.in][entry.of];
    const kept = (before?.fields ?? []).filter(({ name }) => !names.has(name));
    const part: SpecPart = { ...before, fields: [...kept, ...entry.fields] };
    merged = { ...merged, [entry.in]: { ...merged[entry.in], [entry.of]: part } };
  }
  return merged;
}
