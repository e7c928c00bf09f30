import type { FakeBlock } from './workspace.ts';

/** What Slack makes of typed words: https://docs.slack.dev/messaging/formatting-message-text#escaping */
export const escapeTyped = (typed: string): string =>
  typed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const pageAddress = /(https?:\/\/[^\s<>"|`*]+[^\s<>"|`*.,;:!?)])/;

/** Typed words as they travel: escaped, with addresses of pages in angle brackets. */
export const typedText = (typed: string): string =>
  typed
    .split(pageAddress)
    .map((part, index) => (index % 2 === 1 ? `<${escapeTyped(part)}>` : escapeTyped(part)))
    .join('');

const channelMention = /^#([CGD]\w+)/;

function elementOf(token: string): FakeBlock {
  const inside = token.slice(1, -1);
  const [target = '', label] = inside.split('|');
  if (target.startsWith('@')) return { type: 'user', user_id: target.slice(1) };
  if (channelMention.test(target)) return { type: 'channel', channel_id: target.slice(1) };
  if (target.startsWith('!subteam^')) return { type: 'usergroup', usergroup_id: target.slice(9) };
  if (target.startsWith('!')) return { type: 'broadcast', range: target.slice(1) };
  return { type: 'link', url: unescaped(target), ...(label === undefined ? {} : { text: unescaped(label) }) };
}

/** The `rich_text` block that Slack puts beside the text of a person's message. */
export function composedBlocks(text: string, blockId: string): readonly FakeBlock[] {
  const elements = text
    .split(/(<[^<>]+>)/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('<') ? elementOf(part) : { type: 'text', text: unescaped(part) }));
  if (elements.length === 0) return [];
  return [{ type: 'rich_text', block_id: blockId, elements: [{ type: 'rich_text_section', elements }] }];
}
