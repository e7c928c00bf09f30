import type { Tap } from '../dialect-port.ts';
import { tellAnswer } from './answer-parts.ts';
import { createCallFragments } from './call-fragments.ts';
import { countOf, isObject, type JsonObject, nameOf, objectsOf, parseJson, textOf } from './json-values.ts';
import { createKeptText } from './kept-text.ts';
import { createRoom } from './room.ts';
import { type AnswerReading, createTap } from './tap.ts';
import { createUsageCount } from './usage-count.ts';
import { writtenChars } from './written-chars.ts';

/** The server's own words for having given up. */
const gaveUp: ReadonlySet<string> = new Set(['error', 'insufficient_system_resource']);
/** Where an answer ends with these its tool calls may be cut, and nobody carries them out. */
const cutShort: ReadonlySet<string> = new Set(['length', 'max_tokens', 'model_length', 'content_filter']);

/** `POST /chat/completions` of the OpenAI API reference, streamed or not. Reasoning is left out; a refusal is text. */
export function chatTap(contentType: string): Tap {
  return createTap(contentType, createChatReading());
}

function createChatReading(): AnswerReading {
  const room = createRoom();
  const content = createKeptText();
  const refusal = createKeptText();
  const fragments = createCallFragments(room);
  const usage = createUsageCount(['prompt_tokens'], 'completion_tokens');
  let messageId: string | undefined;
  let model: string | undefined;
  let finishReason = '';
  let written = 0;
  let hasChoice = false;
  let isEnded = false;
  let isFailed = false;

  function addMessage(message: JsonObject): void {
    content.add(room.take(contentTextOf(message['content'])));
    refusal.add(room.take(textOf(message['refusal'])));
    for (const fragment of objectsOf(message['tool_calls'])) fragments.add(fragment);
    // As calls were made before there were several at once.
    if (isObject(message['function_call'])) fragments.add({ index: 0, function: message['function_call'] });
  }

  function add(value: unknown): void {
    if (!isObject(value)) return;
    if (value['error'] !== undefined && value['error'] !== null) isFailed = true;
    messageId ??= nameOf(value['id']);
    model ??= nameOf(value['model']);
    usage.add(value['usage']);
    const choices = objectsOf(value['choices']);
    for (const one of choices) written += writtenChars(messageOf(one));
    const choice = choices.find((one) => (countOf(one['index']) ?? 0) === 0);
    if (choice === undefined) return;
    const message = messageOf(choice);
    if (isObject(message)) {
      hasChoice = true;
      addMessage(message);
    }
    finishReason = nameOf(choice['finish_reason']) ?? finishReason;
  }

  return {
    event(data) {
      if (data.startsWith('[DONE]')) isEnded = true;
      else add(parseJson(data));
    },
    shortened() {},
    body(value) {
      add(value);
      isEnded = true;
    },
    result() {
      const calls = fragments.calls();
      return tellAnswer({
        isWhole: hasChoice && (isEnded || finishReason !== '') && !isFailed && !gaveUp.has(finishReason),
        parts: [
          { type: 'text', text: content.text() },
          { type: 'break' },
          { type: 'text', text: refusal.text() },
          { type: 'break' },
          ...calls,
        ],
        endsWithCalls: calls.length > 0 && !cutShort.has(finishReason),
        messageId,
        model,
        usage: usage.usage(),
        writtenChars: written,
      });
    },
  };
}

function messageOf(choice: JsonObject): unknown {
  return choice['delta'] ?? choice['message'];
}

/** Some servers answer in parts, among which there may be reasoning. */
function contentTextOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .filter((part) => part['type'] === undefined || part['type'] === 'text')
    .map((part) => textOf(part['text']))
    .join('');
}
