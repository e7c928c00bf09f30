import type { ModelMessage, ModelRequest } from '../../core/domain/model.ts';
import type { TokenizerPort } from '../../core/ports/tokenizer.ts';
import type { RenderedTalks } from './rendered-talks.ts';
import { shortenedHistory } from './shortened-history.ts';

export interface FittedPrompt {
  /** The messages that it says: the request's, with earlier turns left out of them if need be. */
  readonly messages: readonly ModelMessage[];
  readonly prompt: Int32Array;
  /** How many earlier turns were left out. */
  readonly leftOut: number;
}

/**
 * The prompt of a request, with as many of the oldest turns left out as it takes to have no more than `most` tokens. What is left
 * when none of them is in may be longer. A talk that was answered before goes on token by token where that fits, without the turns
 * that were left out of it then.
 */
export function fitPrompt(
  request: ModelRequest,
  most: number,
  tokenizer: Pick<TokenizerPort, 'renderPrompt' | 'continuePrompt'>,
  talks: Pick<RenderedTalks, 'before'>,
): FittedPrompt {
  const { tools } = request;
  const history = shortenedHistory(request.messages);
  const fits = ({ prompt }: FittedPrompt): boolean => prompt.length <= most;

  function anew(leftOut: number): FittedPrompt {
    const messages = history.without(leftOut);
    return { messages, prompt: tokenizer.renderPrompt(messages, tools), leftOut };
  }

  function continued(): FittedPrompt | undefined {
    const before = talks.before(request);
    if (before === undefined) return undefined;
    const { leftOut } = before;
    const messages = history.without(leftOut);
    const prompt = tokenizer.continuePrompt(before, messages, tools);
    return prompt && { messages, prompt, leftOut };
  }

  const goneOn = continued();
  if (goneOn !== undefined && fits(goneOn)) return goneOn;
  const whole = anew(0);
  if (fits(whole) || history.turns === 0) return whole;
  let found = anew(history.turns);
  let tooFew = 0;
  while (found.leftOut - tooFew > 1) {
    const middle = anew(Math.floor((found.leftOut + tooFew) / 2));
    if (fits(middle)) found = middle;
    else tooFew = middle.leftOut;
  }
  return found;
}
