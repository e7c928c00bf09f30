import type { Tap } from '../dialect-port.ts';
import { type AnswerPart, maxParts, tellAnswer } from './answer-parts.ts';
import { eventTypeOf } from './event-type.ts';
import {
  countOf,
  isObject,
  type JsonObject,
  jsonTextOf,
  nameOf,
  objectsOf,
  parseJson,
  textOf,
} from './json-values.ts';
import { createKeptText, type KeptText } from './kept-text.ts';
import { createRoom } from './room.ts';
import { type AnswerReading, createTap } from './tap.ts';
import { createUsageCount } from './usage-count.ts';
import { writtenChars } from './written-chars.ts';

/** What the caller has to answer before the model goes on; `pause_turn`: by sending the answer back as it is. */
const goesOn: ReadonlySet<string> = new Set(['tool_use', 'pause_turn']);
const told: ReadonlySet<string> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'message_delta',
  'message_stop',
  'error',
]);

type Block =
  | { readonly type: 'text'; readonly text: KeptText }
  | { readonly type: 'break' }
  | {
      readonly type: 'call';
      readonly id: string;
      readonly name: string;
      /** As JSON, where the call came whole. */
      readonly input: string;
      /** The same as it came in pieces. */
      readonly written: KeptText;
    };

/** `POST /messages` of Anthropic's API reference, streamed or not. Thinking and what the server's own tools do are left out. */
export function messagesTap(contentType: string): Tap {
  return createTap(contentType, createMessageReading());
}

function createMessageReading(): AnswerReading {
  const room = createRoom();
  const blocks: Block[] = [];
  const blockAt = new Map<number, Block>();
  const usage = createUsageCount(
    ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'],
    'output_tokens',
  );
  let messageId: string | undefined;
  let model: string | undefined;
  let stopReason = '';
  let written = 0;
  let hasMessage = false;
  let isEnded = false;
  let isFailed = false;

  function addMessage(message: JsonObject): void {
    hasMessage = true;
    messageId ??= nameOf(message['id']);
    model ??= nameOf(message['model']);
    usage.add(message['usage']);
    stopReason = nameOf(message['stop_reason']) ?? stopReason;
    for (const block of objectsOf(message['content'])) begin(blocks.length, block);
  }

  function begin(index: number, described: JsonObject): Block | undefined {
    // What the server's own tools found is read, not written.
    if (!textOf(described['type']).endsWith('_result')) written += writtenChars(described);
    if (blocks.length >= maxParts) return undefined;
    const block = blockOf(described);
    blocks.push(block);
    blockAt.set(index, block);
    return block;
  }

  function blockOf(described: JsonObject): Block {
    if (described['type'] === 'text') {
      const text = createKeptText();
      text.add(room.take(textOf(described['text'])));
      return { type: 'text', text };
    }
    if (described['type'] !== 'tool_use') return { type: 'break' };
    const { id, name, input } = described;
    return {
      type: 'call',
      id: room.take(textOf(id)),
      name: room.take(textOf(name)),
      input: room.take(jsonTextOf(input)),
      written: createKeptText(),
    };
  }

  function addDelta(index: number, delta: JsonObject): void {
    written += writtenChars(delta);
    const text = textOf(delta['text']);
    // Some servers leave out the beginning of a text.
    const block = blockAt.get(index) ?? (text === '' ? undefined : begin(index, { type: 'text' }));
    if (block?.type === 'text') block.text.add(room.take(text));
    if (block?.type === 'call') block.written.add(room.take(textOf(delta['partial_json'])));
  }

  function add(event: JsonObject): void {
    const index = countOf(event['index']) ?? 0;
    switch (event['type']) {
      case 'message_start':
        if (isObject(event['message'])) addMessage(event['message']);
        return;
      case 'content_block_start':
        if (isObject(event['content_block'])) begin(index, event['content_block']);
        return;
      case 'content_block_delta':
        if (isObject(event['delta'])) addDelta(index, event['delta']);
        return;
      case 'message_delta':
        if (isObject(event['delta'])) stopReason = nameOf(event['delta']['stop_reason']) ?? stopReason;
        usage.add(event['usage']);
        return;
      case 'message_stop':
        isEnded = true;
        return;
      case 'error':
        isFailed = true;
    }
  }

  return {
    event(data) {
      const type = eventTypeOf(data);
      if (type !== undefined && !told.has(type)) return;
      const event = parseJson(data);
      if (isObject(event)) add(event);
    },
    shortened() {},
    body(value) {
      if (!isObject(value) || !Array.isArray(value['content'])) return;
      addMessage(value);
      isEnded = true;
    },
    result: () =>
      tellAnswer({
        isWhole: hasMessage && (isEnded || stopReason !== '') && !isFailed,
        parts: blocks.map(partOf),
        endsWithCalls: goesOn.has(stopReason),
        messageId,
        model,
        usage: usage.usage(),
        writtenChars: written,
      }),
  };
}

function partOf(block: Block): AnswerPart {
  if (block.type === 'break') return block;
  if (block.type === 'text') return { type: 'text', text: block.text.text() };
  const written = block.written.text();
  // Written by the model, with spaces of its own; without a stream the same comes as an object.
  const argumentsJson = written === '' ? block.input : jsonTextOf(parseJson(written)) || written;
  return { type: 'call', id: block.id, name: block.name, argumentsJson };
}
