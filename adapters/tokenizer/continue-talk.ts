import { AppError } from '../../core/domain/app-error.ts';
import type { ModelMessage } from '../../core/domain/model.ts';
import type { RenderedTalk } from '../../core/ports/tokenizer.ts';
import type { ChatTemplate } from './chat-template.ts';
import type { Disguise, Disguiser } from './disguise.ts';
import type { PromptIds } from './prompt-ids.ts';
import type { Talk } from './template-values.ts';

/** What a template writes from the end of one answer to the beginning of the next; undefined where it does not say so. */
export interface AfterAnswer {
  readonly text: string;
  readonly disguise: Disguise;
}

/**
 * Renders the talk up to the answer at `at`, and the whole of it with a marker in the answer's place. Undefined where the
 * second text does not begin with the first and the marker, or has the marker twice: the template tells what was said
 * before in another way once the talk goes on, or leaves the answer out.
 */
export function afterAnswer(
  talk: Talk,
  at: number,
  template: ChatTemplate,
  disguiser: Disguiser,
): AfterAnswer | undefined {
  if (talk.messages[at]?.role !== 'assistant') return undefined;
  const disguise = disguiser(JSON.stringify(talk));
  const marked: ModelMessage = { role: 'assistant', text: disguise.marker };
  const before = tryRender({ ...talk, messages: talk.messages.slice(0, at) }, template, disguise);
  const whole = tryRender({ ...talk, messages: talk.messages.with(at, marked) }, template, disguise);
  if (before === undefined || whole === undefined) return undefined;
  const [start, text, ...more] = whole.split(disguise.marker);
  if (start !== before || text === undefined || more.length > 0) return undefined;
  return { text, disguise };
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

/**
 * The ids of `before`, then what the template writes after its answer. The answer's last id may be the token with which
 * the template ends an answer; where it is not, that token is put in. Undefined also where the template ends no answer
 * with a stop token.
 */
export function continueTalk(before: RenderedTalk, talk: Talk, parts: ContinueParts): Int32Array | undefined {
  const after = afterAnswer(talk, before.messageCount, parts.template, parts.disguiser);
  if (after === undefined) return undefined;
  const rest = parts.promptIds(after.text, after.disguise);
  const end = rest[0];
  if (end === undefined || !parts.stopIds.has(end)) return undefined;
  const added = before.answer.at(-1) === end ? rest.slice(1) : rest;
  const ids = new Int32Array(before.prompt.length + before.answer.length + added.length);
  ids.set(before.prompt);
  ids.set(before.answer, before.prompt.length);
  ids.set(added, before.prompt.length + before.answer.length);
  return ids;
}
