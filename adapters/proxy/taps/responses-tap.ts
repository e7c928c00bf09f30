import type { Tap } from '../dialect-port.ts';
import { tellAnswer } from './answer-parts.ts';
import { eventTypeOf } from './event-type.ts';
import { countOf, isObject, type JsonObject, nameOf, objectsOf, parseJson, textOf } from './json-values.ts';
import { createOutputItems } from './output-items.ts';
import { type AnswerReading, createTap } from './tap.ts';
import { createUsageCount } from './usage-count.ts';
import { writtenChars } from './written-chars.ts';

type State = 'under_way' | 'completed' | 'incomplete' | 'failed';

/** What each event that tells something here does to the answer. */
const told: Readonly<Record<string, 'response' | 'item' | 'piece' | 'error'>> = {
  'response.created': 'response',
  'response.completed': 'response',
  'response.incomplete': 'response',
  'response.failed': 'response',
  'response.cancelled': 'response',
  'response.output_item.added': 'item',
  'response.output_item.done': 'item',
  'response.output_text.delta': 'piece',
  'response.refusal.delta': 'piece',
  'response.function_call_arguments.delta': 'piece',
  'response.custom_tool_call_input.delta': 'piece',
  error: 'error',
};

const endStates: Readonly<Record<string, State>> = {
  'response.completed': 'completed',
  'response.incomplete': 'incomplete',
  'response.failed': 'failed',
  'response.cancelled': 'failed',
};

const bodyStates: Readonly<Record<string, State>> = {
  completed: 'completed',
  incomplete: 'incomplete',
  failed: 'failed',
  cancelled: 'failed',
  // Answered in the background: the words are fetched later, by another request.
  queued: 'under_way',
  in_progress: 'under_way',
};

/** `POST /responses` of the OpenAI API reference, streamed or not. Reasoning and what the server's own tools do are left out. */
export function responsesTap(contentType: string): Tap {
  return createTap(contentType, createResponseReading());
}

function createResponseReading(): AnswerReading {
  const usage = createUsageCount(['input_tokens'], 'output_tokens');
  let items = createOutputItems();
  let messageId: string | undefined;
  let model: string | undefined;
  let state: State = 'under_way';
  /** In pieces, and of each item as it is whole: the same twice, but of an answer that is cut off one may lack what the other has. */
  let writtenInPieces = 0;
  let writtenInItems = new Map<number, number>();

  function end(as: State | undefined): void {
    if (as !== undefined && state !== 'failed') state = as;
  }

  function addResponse(response: JsonObject): void {
    messageId ??= nameOf(response['id']);
    model ??= nameOf(response['model']);
    usage.add(response['usage']);
    const output = objectsOf(response['output']);
    // Empty at the end of some streams, whose items came as events.
    if (output.length === 0) return;
    items = createOutputItems();
    writtenInItems = new Map();
    for (const [index, item] of output.entries()) setItem(index, item);
  }

  function setItem(index: number, item: JsonObject): void {
    items.set(index, item);
    writtenInItems.set(index, writtenChars(item));
  }

  function written(): number {
    const inItems = [...writtenInItems.values()].reduce((sum, chars) => sum + chars, 0);
    return Math.max(writtenInPieces, inItems);
  }

  function add(type: string, event: JsonObject): void {
    const index = countOf(event['output_index']) ?? 0;
    switch (Object.hasOwn(told, type) ? told[type] : undefined) {
      case 'piece':
        items.grow(index, textOf(event['delta']));
        return;
      case 'item':
        if (isObject(event['item'])) setItem(index, event['item']);
        return;
      case 'response':
        if (isObject(event['response'])) addResponse(event['response']);
        end(endStates[type]);
        return;
      case 'error':
        end('failed');
    }
  }

  return {
    event(data) {
      const type = eventTypeOf(data);
      if (type !== undefined && !Object.hasOwn(told, type) && !type.endsWith('.delta')) return;
      const event = parseJson(data);
      if (!isObject(event)) return;
      writtenInPieces += textOf(event['delta']).length;
      add(textOf(event['type']), event);
    },
    shortened(head) {
      // The whole answer stands in its last event; a picture in it makes that long, and its parts have come before.
      const type = eventTypeOf(head) ?? '';
      end(Object.hasOwn(endStates, type) ? endStates[type] : undefined);
    },
    body(value) {
      if (!isObject(value) || !Array.isArray(value['output'])) return;
      addResponse(value);
      const isFailed = value['error'] !== undefined && value['error'] !== null;
      const status = textOf(value['status']);
      end(isFailed ? 'failed' : Object.hasOwn(bodyStates, status) ? bodyStates[status] : 'completed');
    },
    result: () =>
      tellAnswer({
        isWhole: state === 'completed' || state === 'incomplete',
        parts: items.parts(),
        // A call at which an answer was cut short cannot be carried out.
        endsWithCalls: state === 'completed' && items.hasOpenCalls(),
        messageId,
        partIds: items.ids(),
        model,
        usage: usage.usage(),
        writtenChars: written(),
      }),
  };
}
