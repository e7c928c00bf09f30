import { malformed } from './api-refusal.ts';
import type { FakeBlock } from './workspace.ts';

/** Not documented: about so many characters of text, and about so many for each block, were measured in
 * https://github.com/slackapi/bolt-js/issues/2509 */
const MAX_BLOCKS_CHARS = 13_200;
const CHARS_PER_BLOCK = 125;
/** https://docs.slack.dev/reference/block-kit/blocks/table-block */
const MAX_TABLE_CHARS = 10_000;
/** Of all markdown blocks of a message: https://docs.slack.dev/reference/block-kit/blocks/markdown-block */
const MAX_MARKDOWN_CHARS = 12_000;

/** Every string under a key, however deep. */
export function stringsUnder(value: unknown, key: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => stringsUnder(item, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) =>
    name === key && typeof entry === 'string' ? [entry] : stringsUnder(entry, key),
  );
}

const charsOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length, 0);

function firstRepeated(values: readonly string[]): string | undefined {
  return values.find((value, index) => values.indexOf(value) !== index);
}

/** What a schema of one block cannot say. */
export function checkBlocks(blocks: readonly FakeBlock[], surface: 'message' | 'view'): void {
  const repeatedId = firstRepeated(
    blocks.flatMap((block) => (typeof block['block_id'] === 'string' ? [block['block_id']] : [])),
  );
  if (repeatedId !== undefined) throw malformed('invalid_blocks', `block_id ${repeatedId} already exists`);
  for (const block of blocks) {
    const repeated = firstRepeated(stringsUnder(block, 'action_id'));
    if (repeated !== undefined) throw malformed('invalid_blocks', `action_id ${repeated} already exists`);
  }
  if (surface === 'view') return;
  const tables = blocks.filter((block) => block.type === 'table');
  if (tables.length > 1) throw malformed('invalid_attachments', 'only_one_table_allowed');
  if (charsOf(stringsUnder(tables, 'text')) > MAX_TABLE_CHARS) {
    throw malformed('invalid_blocks', 'table is too long');
  }
  const markdown = blocks.filter((block) => block.type === 'markdown');
  if (charsOf(stringsUnder(markdown, 'text')) > MAX_MARKDOWN_CHARS) {
    throw malformed('invalid_blocks', 'markdown is too long');
  }
  const size = charsOf(stringsUnder(blocks, 'text')) + CHARS_PER_BLOCK * (blocks.length - 1);
  if (size > MAX_BLOCKS_CHARS) {
    throw malformed('msg_blocks_too_long');
  }
}
