import { type ReadText, readMarkdown } from './discord-markdown.ts';
import type { FakeMessage, Json } from './guild-model.ts';
import { messageFlags } from './message-body.ts';

/** As `SeenMessage` of the channel contract, and what else can be seen. */
export interface ScreenMessage extends ReadText {
  /** The `custom_id`s of what can be pressed, in order. */
  readonly actionIds: readonly string[];
  readonly labels: readonly string[];
  /** "Only you can see this". */
  readonly isPrivate: boolean;
  /** "The app is thinking…" */
  readonly isLoading: boolean;
  readonly isEdited: boolean;
  readonly pictures: readonly ScreenPicture[];
}

export interface ScreenPicture {
  readonly alt: string;
  readonly bytes: Uint8Array;
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Everything with a `custom_id`, wherever it stands. */
export function controlsIn(components: readonly Json[]): readonly Json[] {
  return components.flatMap((component) => {
    const inside = [component['components'], component['accessory']].flat().filter(isJson);
    return [...(typeof component['custom_id'] === 'string' ? [component] : []), ...controlsIn(inside)];
  });
}

function labelOf(control: Json): string {
  const emoji = isJson(control['emoji']) ? String(control['emoji']['name'] ?? '') : '';
  return [emoji, String(control['label'] ?? control['placeholder'] ?? '')]
    .filter((part) => part !== '')
    .join(' ');
}

/** Cards under a message, which show what links lead to. */
const embedsIn = (message: FakeMessage): readonly string[] =>
  (message.flags & messageFlags.suppressEmbeds) === 0 ? message.embeds.map(() => 'embed') : [];

/** A message as a person sees it. Who was told of it counts as markup, `ping`, whether the words show it or not. */
export function readScreen(message: FakeMessage): ScreenMessage {
  const read = readMarkdown(message.content);
  const controls = controlsIn(message.components).filter((control) => control['disabled'] !== true);
  return {
    text: read.text,
    markup: [...read.markup, ...embedsIn(message), ...message.pings.map(() => 'ping')],
    links: read.links,
    actionIds: controls.map((control) => String(control['custom_id'])),
    labels: controls.map(labelOf),
    isPrivate: message.privateTo !== undefined,
    isLoading: (message.flags & messageFlags.loading) !== 0,
    isEdited: message.editedAt !== undefined,
    pictures: message.attachments.flatMap((attachment) => {
      const bytes = message.contents.get(String(attachment['id']));
      const isPicture = String(attachment['content_type']).startsWith('image/');
      return bytes === undefined || !isPicture
        ? []
        : [{ alt: String(attachment['description'] ?? ''), bytes }];
    }),
  };
}
