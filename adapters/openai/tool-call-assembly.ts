import { AppError } from '../../core/domain/app-error.ts';
import type { ToolCall } from '../../core/domain/model.ts';
import type { ToolCallFragment } from './wire.ts';

interface Unfinished {
  readonly index: number | undefined;
  id: string;
  name: string;
  argumentsJson: string;
}

export interface ToolCallAssembly {
  add(fragment: ToolCallFragment): void;
  /** The whole calls in the order in which they were begun. Throws `bad_reply` on a call without a name. */
  finish(): readonly ToolCall[];
}

/**
 * Puts tool calls together from their fragments. Servers differ: fragments may lack an index, or all calls may share
 * index 0 and differ in their ids only, or the whole call may come at once with its arguments as an object.
 */
export function createToolCallAssembly(newId: () => string): ToolCallAssembly {
  const calls: Unfinished[] = [];

  function begin(fragment: ToolCallFragment): Unfinished {
    const call: Unfinished = { index: fragment.index, id: '', name: '', argumentsJson: '' };
    calls.push(call);
    return call;
  }

  function callFor(fragment: ToolCallFragment): Unfinished {
    const candidate =
      fragment.index === undefined
        ? calls.at(-1)
        : calls.findLast((call) => call.index === fragment.index || call.index === undefined);
    if (candidate === undefined) return begin(fragment);
    const otherId = fragment.id !== '' && candidate.id !== '' && fragment.id !== candidate.id;
    // Without any id, a second name on a call that has its arguments can only be another call.
    const otherName =
      fragment.id === '' && fragment.index === undefined && fragment.name !== '' && candidate.name !== '';
    return otherId || otherName ? begin(fragment) : candidate;
  }

  return {
    add(fragment) {
      const call = callFor(fragment);
      if (call.id === '') call.id = fragment.id;
      // Most servers send the name once; some repeat it with each fragment, a few cut it in pieces.
      if (fragment.name !== '' && fragment.name !== call.name) call.name += fragment.name;
      call.argumentsJson += fragment.argumentsJson;
    },
    finish() {
      return calls.map((call) => {
        if (call.name === '') {
          throw new AppError('bad_reply', 'The model called a tool without naming it. Ask again.', {
            retryable: true,
          });
        }
        const argumentsJson = call.argumentsJson === '' ? '{}' : call.argumentsJson;
        return { id: call.id === '' ? newId() : call.id, name: call.name, argumentsJson };
      });
    },
  };
}
