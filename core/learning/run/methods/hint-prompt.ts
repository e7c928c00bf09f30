import { AppError } from '../../../domain/app-error.ts';
import { asShown } from '../../../domain/data-block.ts';
import type { TokenizerPort } from '../../../ports/tokenizer.ts';
import { trimmedToTokens } from '../../../skills/evolver/trim.ts';
import { joined } from '../../build-datum.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import { onlyCall } from './draw-answers.ts';

/** A sample's prompt with what people said of its answer; `undefined` where it cannot be put together. */
export type HintPrompt = (sample: PreparedSample) => Int32Array | undefined;

const mostHints = 5;
const hintTokens = 200;

/** What is said to the policy behind its request. */
export function hintText(hints: readonly string[]): string {
  const lines = hints
    .map((hint) => trimmedToTokens(asShown(hint).replaceAll(/\s+/g, ' ').trim(), hintTokens))
    .filter((hint) => hint !== '')
    .slice(0, mostHints)
    .map((hint) => `- ${hint}`);
  return ['\n\nWhat people said of an earlier answer to this, and what a good answer heeds:', ...lines].join(
    '\n',
  );
}

/** Requests that end differently, so that what their prompts end with alike is the template's. */
const probes = ['a', '7', '?'] as const;

/**
 * Puts hints at the end of the request within the exact ids of a served prompt, as if the person had written them there.
 * Nothing is rendered again: of the whole prompt messages and tools may not be known any more, or the template may have
 * changed its day. What a template writes between a request and its answer is what the prompts of different requests end with
 * alike (`renderPrompt`); the hints' ids, in which nothing is special (`encode`), go before it. `undefined` where a prompt
 * does not end so, as behind a tool's result.
 */
export function hintPrompt(tokenizer: Pick<TokenizerPort, 'renderPrompt' | 'encode'>): HintPrompt {
  let known: Int32Array | undefined;
  return (sample) => {
    const call = onlyCall(sample);
    known ??= commonEnd(tokenizer);
    if (typeof call === 'string' || sample.hints.length === 0 || !endsWith(call.prompt, known))
      return undefined;
    const before = call.prompt.subarray(0, call.prompt.length - known.length);
    return joined(joined(before, tokenizer.encode(hintText(sample.hints))), known);
  };
}

/** Empty where the template takes no request alone. */
function commonEnd({ renderPrompt }: Pick<TokenizerPort, 'renderPrompt'>): Int32Array {
  try {
    const [first = new Int32Array(0), ...others] = probes.map((text) =>
      renderPrompt([{ role: 'user', text }], []),
    );
    let length = 0;
    while (
      length < first.length &&
      others.every((other) => other.at(-1 - length) === first.at(-1 - length))
    ) {
      length += 1;
    }
    return first.slice(first.length - length);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'invalid_input') return new Int32Array(0);
    throw thrown;
  }
}

function endsWith(tokens: Int32Array, end: Int32Array): boolean {
  if (end.length === 0 || end.length >= tokens.length) return false;
  const from = tokens.length - end.length;
  return end.every((token, at) => tokens[from + at] === token);
}
