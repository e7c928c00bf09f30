import { type AnswerPart, maxParts } from './answer-parts.ts';
import { countOf, isObject, type JsonObject, jsonTextOf, textOf } from './json-values.ts';
import type { Room } from './room.ts';

/** No more of the arguments is ever shown (`calledLine`). */
const enoughArgumentChars = 600;

interface Call {
  readonly index: number | undefined;
  id: string;
  name: string;
  argumentsJson: string;
}

export interface CallFragments {
  /** One element of `tool_calls`. */
  add(fragment: JsonObject): void;
  /** In the order in which they were begun. */
  calls(): readonly AnswerPart[];
}

/**
 * Puts the calls of a chat completion together. Servers differ: fragments may lack an index, all calls may share index 0 and differ
 * in their ids only, and a call may come whole, with its arguments as an object.
 */
export function createCallFragments(room: Room): CallFragments {
  const calls: Call[] = [];
  const lastAt = new Map<number, Call>();

  function openCall(index: number | undefined): Call | undefined {
    const last = calls.at(-1);
    if (index === undefined) return last;
    return lastAt.get(index) ?? (last?.index === undefined ? last : undefined);
  }

  function callFor(index: number | undefined, id: string, name: string): Call | undefined {
    const open = openCall(index);
    const hasOtherId = id !== '' && open !== undefined && open.id !== '' && id !== open.id;
    // Without index and id a second name can only be another call's.
    const hasOtherName =
      id === '' && index === undefined && name !== '' && open !== undefined && open.name !== '';
    if (open !== undefined && !hasOtherId && !hasOtherName) return open;
    if (calls.length === maxParts) return undefined;
    const begun: Call = { index, id: '', name: '', argumentsJson: '' };
    calls.push(begun);
    if (index !== undefined) lastAt.set(index, begun);
    return begun;
  }

  return {
    add(fragment) {
      const described = isObject(fragment['function'])
        ? fragment['function']
        : isObject(fragment['custom'])
          ? fragment['custom']
          : fragment;
      const id = textOf(fragment['id']);
      const name = textOf(described['name']);
      const call = callFor(countOf(fragment['index']), id, name);
      if (call === undefined) return;
      if (call.id === '') call.id = room.take(id);
      // Most servers send the name once; some repeat it with each fragment, a few cut it in pieces.
      if (name !== call.name) call.name += room.take(name);
      if (call.argumentsJson.length < enoughArgumentChars) {
        call.argumentsJson += room.take(jsonTextOf(described['arguments'] ?? described['input']));
      }
    },
    calls: () =>
      calls.map(({ id, name, argumentsJson }) => ({ type: 'call' as const, id, name, argumentsJson })),
  };
}
