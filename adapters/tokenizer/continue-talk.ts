import { AppError } from '../../core/domain/app-error.ts';
import type { ModelMessage } from '../../core/domain/model.ts';
import type { RenderedTalk } from '../../core/ports/tokenizer.ts';
import type { ChatTemplate } from './chat-template.ts';
import type { Disguise, Disguiser } from './disguise.ts';
import type { PromptIds } from './prompt-ids.ts';
import { callNamesOf, saidIn, type Talk } from './template-values.ts';

/** What a template writes from the end of one answer to the beginning of the next; undefined where it does not say so. */
export interface AfterAnswer {
  readonly text: string;
  readonly disguise: Disguise;
}

/**
 * Renders the talk up to the answer at `at`, and the whole of it with a marker in the answer's place. Undefined where the
 * marker is not there once, or where what stands before it is not the first text, save for space and empty reasoning: the
 * template tells what was said before in another way once the talk goes on, or leaves the answer out.
 */
export function afterAnswer(
  talk: Talk,
  at: number,
  template: ChatTemplate,
  disguiser: Disguiser,
): AfterAnswer | undefined {
  const { messages } = talk;
  if (messages[at]?.role !== 'assistant') return undefined;
  const disguise = disguiser(saidIn(talk));
  // Without its calls, which the answer's own ids tell; their results keep their names.
  const marked: ModelMessage = { role: 'assistant', text: disguise.marker };
  const callNames = callNamesOf(messages);
  const before = tryRender({ ...talk, messages: messages.slice(0, at) }, template, disguise);
  const whole = tryRender({ ...talk, messages: messages.with(at, marked), callNames }, template, disguise);
  if (before === undefined || whole === undefined) return undefined;
  const [start = '', text, ...more] = whole.split(disguise.marker);
  if (text === undefined || more.length > 0 || settled(start) !== settled(before)) return undefined;
  return { text, disguise };
}

/**
 * A prompt without what templates write before an answer that is still to come, and not before one that was given, or the
 * other way round: space, the beginning of reasoning, reasoning that is empty.
 */
function settled(text: string): string {
  return text
    .replaceAll(/\s+/g, '')
    .replaceAll('<think></think>', '')
    .replace(/<think>$/, '');
}

function tryRender(talk: Talk, template: ChatTemplate, disguise: Disguise): string | undefined {
  try {
    return template.render(talk, disguise);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'invalid_input') return undefined;
    throw thrown;
  }
}

export interface ContinueParts {
  readonly template: ChatTemplate;
  readonly disguiser: Disguiser;
  readonly promptIds: PromptIds;
  readonly stopIds: ReadonlySet<number>;
}

/** What the template writes after the answer at `at`, beginning with its stop token; undefined where it does not say so. */
export function idsAfterAnswer(talk: Talk, at: number, parts: ContinueParts): readonly number[] | undefined {
  const after = afterAnswer(talk, at, parts.template, parts.disguiser);
  if (after === undefined) return undefined;
  // Space between an answer and its end was the answer's own matter.
  for (const text of [after.text, after.text.trimStart()]) {
    const ids = parts.promptIds(text, after.disguise);
    if (ids[0] !== undefined && parts.stopIds.has(ids[0])) return ids;
  }
  return undefined;
}

/**
 * The ids of `before`, then what the template writes after its answer. The answer's last id may be the token with which
 * the template ends an answer; where it is not, that token is put in. Undefined also where the template ends no answer
 * with a stop token.
 */
export function continueTalk(before: RenderedTalk, talk: Talk, parts: ContinueParts): Int32Array | undefined {
  const rest = idsAfterAnswer(talk, before.messageCount, parts);
  if (rest === undefined) return undefined;
  const added = before.answer.at(-1) === rest[0] ? rest.slice(1) : rest;
  const ids = new Int32Array(before.prompt.length + before.answer.length + added.length);
  ids.set(before.prompt);
  ids.set(before.answer, before.prompt.length);
  ids.set(added, before.prompt.length + before.answer.length);
  return ids;
}
