import { readMarkdown } from './markdown-text.ts';
import { controlsIn, emojiIn, type ReadText, readMrkdwn } from './mrkdwn.ts';
import type { FakeBlock, FakeSlackMessage } from './workspace.ts';

/** As `SeenMessage` of the channel contract. */
export interface ScreenMessage extends ReadText {
  readonly actionIds: readonly string[];
  /** Where it has some. */
  readonly pictures?: readonly ScreenPicture[];
}

export interface ScreenPicture {
  readonly alt: string;
  readonly bytes: Uint8Array;
}

type Part = Readonly<Record<string, unknown>>;

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null;
const partsOf = (value: unknown): readonly Part[] => (Array.isArray(value) ? value.filter(isPart) : []);
const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const plain = (text: string): ReadText => ({ text, markup: [] });
const marked = (kind: string, { text, markup }: ReadText): ReadText => ({ text, markup: [kind, ...markup] });

function join(parts: readonly ReadText[], separator: string): ReadText {
  let text = '';
  parts.forEach((part, index) => {
    // What ends its own line needs no other.
    const isDone = index === 0 || (separator === '\n' && text.endsWith('\n'));
    text += (isDone ? '' : separator) + part.text;
  });
  return { text, markup: parts.flatMap((part) => part.markup) };
}

const stylesOf = (element: Part): readonly string[] =>
  isPart(element['style'])
    ? Object.keys(element['style']).filter((name) => isOn(element['style'], name))
    : [];
const isOn = (style: unknown, name: string): boolean => isPart(style) && style[name] === true;

function readRichElement(element: Part): ReadText {
  const styles = stylesOf(element);
  switch (element['type']) {
    case 'text':
      return { text: stringOf(element['text']), markup: styles };
    case 'link':
      return { text: stringOf(element['text'] ?? element['url']), markup: ['link', ...styles] };
    case 'user':
      return { text: `@${stringOf(element['user_id'])}`, markup: ['mention'] };
    case 'broadcast':
      return { text: `@${stringOf(element['range'])}`, markup: ['broadcast'] };
    case 'channel':
      return { text: `#${stringOf(element['channel_id'])}`, markup: ['channel'] };
    default:
      return { text: `:${stringOf(element['name'])}:`, markup: [stringOf(element['type'])] };
  }
}

const richKinds: Readonly<Record<string, string>> = {
  rich_text_list: 'list',
  rich_text_quote: 'quote',
  rich_text_preformatted: 'pre',
};

function readRich(part: Part): ReadText {
  const elements = partsOf(part['elements']);
  const type = stringOf(part['type']);
  const inside =
    type === 'rich_text_list' ? join(elements.map(readRich), '\n') : join(elements.map(readRichElement), '');
  const kind = richKinds[type];
  return kind === undefined ? inside : marked(kind, inside);
}

function readTextObject(value: unknown): ReadText {
  if (!isPart(value)) return plain('');
  const text = stringOf(value['text']);
  if (value['type'] === 'mrkdwn') return readMrkdwn(text);
  return value['emoji'] === false ? plain(text) : { text, markup: emojiIn(text) };
}

function readCell(cell: Part): ReadText {
  return cell['type'] === 'rich_text'
    ? join(partsOf(cell['elements']).map(readRich), '\n')
    : plain(stringOf(cell['text']));
}

function readBlock(block: FakeBlock): ReadText | undefined {
  switch (block.type) {
    case 'rich_text':
      return join(partsOf(block['elements']).map(readRich), '\n');
    case 'header':
      return marked('heading', readTextObject(block['text']));
    case 'section': {
      const fields = partsOf(block['fields']).map(readTextObject);
      return join(block['text'] === undefined ? fields : [readTextObject(block['text']), ...fields], '\n');
    }
    case 'context':
      return marked('context', join(partsOf(block['elements']).map(readTextObject), '\n'));
    case 'markdown':
      return readMarkdown(stringOf(block['text']));
    case 'table': {
      const rows = Array.isArray(block['rows']) ? block['rows'] : [];
      return marked(
        'table',
        join(
          rows.map((row) => join(partsOf(row).map(readCell), '\t')),
          '\n',
        ),
      );
    }
    case 'divider':
      return { text: '', markup: ['divider'] };
    case 'input':
      return readTextObject(block['label']);
    default:
      return undefined;
  }
}

function actionIdsOf(block: FakeBlock): readonly string[] {
  return [block['elements'], block['accessory']].flat().flatMap((element) => {
    if (!isPart(element) || typeof element['action_id'] !== 'string') return [];
    if (element['type'] !== 'feedback_buttons') return [element['action_id']];
    // Two buttons with one action id: what tells them apart is what they send.
    return [element['positive_button'], element['negative_button']].map((button) =>
      isPart(button) ? stringOf(button['value']) : '',
    );
  });
}

const isShown = (part: ReadText | undefined): part is ReadText => part !== undefined;

const picturesIn = ({ files }: FakeSlackMessage): Pick<ScreenMessage, 'pictures'> =>
  files.length === 0 ? {} : { pictures: files.map(({ altText, bytes }) => ({ alt: altText, bytes })) };

/** Blocks as a person sees them. */
export function readView(blocks: readonly FakeBlock[]): ScreenMessage {
  return {
    ...join(blocks.map(readBlock).filter(isShown), '\n'),
    actionIds: blocks.flatMap(actionIdsOf),
  };
}

/** A message as a person sees it. */
export function readScreen(message: FakeSlackMessage): ScreenMessage {
  const blocks = readView(message.blocks ?? []);
  if (message.stream !== undefined) {
    const streamed = readMarkdown(message.stream.markdown);
    const parts = blocks.text === '' ? [streamed, plain('')] : [streamed, blocks];
    return {
      text: blocks.text === '' ? streamed.text : join(parts, '\n').text,
      markup: [...streamed.markup, ...blocks.markup],
      actionIds: blocks.actionIds,
    };
  }
  if (message.blocks === undefined) {
    const read = message.isPlain
      ? { text: message.text, markup: controlsIn(message.text) }
      : readMrkdwn(message.text, { linksNames: message.linksNames });
    return { ...read, actionIds: [], ...picturesIn(message) };
  }
  // Beside blocks the text is shown in notifications only; what it mentions, it mentions.
  const notified = controlsIn(message.text).filter((kind) => kind !== 'link' && kind !== 'date');
  return { ...blocks, markup: [...blocks.markup, ...notified.map((kind) => `notification:${kind}`)] };
}
