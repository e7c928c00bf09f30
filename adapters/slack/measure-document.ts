import type { Block, Document } from '../../core/domain/document.ts';
import type { KnownBlock } from './client.ts';
import { renderBlocks, tableText } from './render-blocks.ts';
import { mrkdwnBound } from './render-mrkdwn.ts';
import { tableBlock } from './table-block.ts';

/**
 * The longest message, by `measureDocument`. Slack documents 4,000 characters as the best length of `text` and cuts at
 * 40,000 (https://docs.slack.dev/reference/methods/chat.postMessage,
 * …/chat.update).
 */
export const MAX_TEXT_CHARS = 4_000;
/** Of 50 blocks in a message; the others are for buttons and feedback. */
export const MAX_WORD_BLOCKS = 47;
/**
 * Blocks are refused as `msg_blocks_too_long` above an undocumented size. Maintainers speak of 12,000 characters and a
 * buffer for what surrounds them, people were refused at 11,341 of text alone: our 12,000 bytes count what surrounds too
 * (https://github.com/slackapi/bolt-js/issues/2509, …/2867).
 */
const maxBlockBytes = 12_000;
/** What a rich text needs around it when something in the middle of it is a block of its own. */
const breakBytes = 64;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * How much of `MAX_TEXT_CHARS` a document takes: the largest of its length in `text`, of its size and its number as
 * blocks, each as a share of what Slack allows. An upper bound: never less when something is added. Pure and total.
 */
export function measureDocument(body: Document): number {
  const tables = body.blocks.filter((block) => block.type === 'table');
  const others: readonly KnownBlock[] = renderBlocks({
    blocks: body.blocks.map((block): Block => (block.type === 'table' ? { type: 'rule' } : block)),
  });
  // Whether a table is one of Slack's or code depends on what else there is: the larger of both counts.
  const tableBytes = tables.reduce(
    (sum, table) => sum + breakBytes + Math.max(bytesOf(tableBlock(table)), bytesOf(tableText(table))),
    0,
  );
  const bytes = others.length === 0 ? 0 : bytesOf(others) + tableBytes;
  return Math.max(
    mrkdwnBound(body),
    Math.ceil((bytes * MAX_TEXT_CHARS) / maxBlockBytes),
    Math.floor(((others.length - 1) * MAX_TEXT_CHARS) / (MAX_WORD_BLOCKS - 1)),
  );
}
