import type { AppError } from '../../core/domain/app-error.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { TokenizerPort } from '../../core/ports/tokenizer.ts';
import { createAnswerParts } from './answer-parts.ts';
import { type ChatTemplate, createChatTemplate } from './chat-template.ts';
import { afterAnswer, continueTalk, idsAfterAnswer } from './continue-talk.ts';
import { createDisguiser, type Disguiser } from './disguise.ts';
import { brokenTokenizer, shortReason } from './errors.ts';
import type { TokenizerFiles } from './options.ts';
import { createPromptIds, type PromptIds } from './prompt-ids.ts';
import { readAnswer } from './read-answer.ts';
import { readDescription, type TokenizerDescription } from './read-description.ts';
import { createMarkupSplitter } from './split-markup.ts';
import { saidIn, type Talk } from './template-values.ts';
import { createTextIds } from './text-ids.ts';
import type { Libraries } from './wire.ts';

export interface TokenizerParts {
  readonly libraries: Libraries;
  readonly logger: Logger;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

/** A tokenizer of its files. Rejects with `config_invalid` where they give none. */
export async function createTokenizer(
  files: TokenizerFiles,
  { libraries, logger, pause }: TokenizerParts,
): Promise<TokenizerPort> {
  const { where } = files;
  const description = await readDescription(files, pause);
  const { json, addedTokens, templates, hash } = description;
  const textIds = await createTextIds({ json, tokens: addedTokens, libraries, pause }).catch((cause) => {
    throw brokenPart(where, 'tokenizer.json is of an unknown kind', cause);
  });
  const template = orBroken(where, 'its chat template has an error', () =>
    createChatTemplate(templates, description.specialVariables, libraries),
  );
  const disguiser = createDisguiser(addedTokens, `${templates.plain}${templates.withTools ?? ''}`);
  const promptIds = createPromptIds(createMarkupSplitter(addedTokens), textIds);
  const greeting = orBroken(where, 'its chat template takes no message', () =>
    template.render(helloTalk, disguiser('')),
  );
  const opensThinking = greeting.lastIndexOf('<think>') > greeting.lastIndexOf('</think>');
  const stopIds = findStopIds(where, description, template, disguiser, promptIds);
  const stops = new Set(stopIds);
  const answerParts = createAnswerParts(addedTokens, textIds);
  const parts = { template, disguiser, promptIds, stopIds: stops };
  const unfinished = probes.filter(({ talk }) => idsAfterAnswer(talk, 1, parts) === undefined);
  if (unfinished.length > 0) {
    logger.info('tokenizer_cannot_continue', { folder: where, after: unfinished.map(({ after }) => after) });
  }

  return {
    hash,
    stopIds,
    renderPrompt(messages, tools) {
      const disguise = disguiser(saidIn({ messages, tools }));
      return Int32Array.from(promptIds(template.render({ messages, tools }, disguise), disguise));
    },
    continuePrompt: (before, messages, tools) => continueTalk(before, { messages, tools }, parts),
    parseAnswer(tokens) {
      let end = tokens.length;
      while (end > 0 && stops.has(tokens[end - 1] ?? -1)) end -= 1;
      const said = readAnswer(answerParts(tokens.subarray(0, end)), opensThinking);
      return { ...said, isWhole: end < tokens.length };
    },
    encode: (text) => Int32Array.from(textIds.encode(text, { isFirst: true, opensSection: true })),
    decode: (tokens) => textIds.decode(tokens),
  };
}

const helloTalk: Talk = { messages: [{ role: 'user', text: 'Hello' }], tools: [] };
const wholeTalk: Talk = {
  messages: [
    { role: 'user', text: 'Hello' },
    { role: 'assistant', text: 'Hi' },
    { role: 'user', text: 'Bye' },
  ],
  tools: [],
};

const toolTalk: Talk = {
  messages: [
    { role: 'user', text: 'Hello' },
    { role: 'assistant', text: '', toolCalls: [{ id: 'call00001', name: 'greet', argumentsJson: '{}' }] },
    { role: 'tool', toolCallId: 'call00001', text: 'Hi' },
  ],
  tools: [{ name: 'greet', description: 'Says hello.', parameters: { type: 'object', properties: {} } }],
};

const probes = [
  { after: 'answers', talk: wholeTalk },
  { after: 'calls', talk: toolTalk },
] as const;

/** The ends that the files name, and the token that this template writes after an answer. */
function findStopIds(
  where: string,
  { endIds, addedTokens }: TokenizerDescription,
  template: ChatTemplate,
  disguiser: Disguiser,
  promptIds: PromptIds,
): readonly number[] {
  const after = afterAnswer(wholeTalk, 1, template, disguiser);
  const end = after === undefined ? undefined : promptIds(after.text, after.disguise)[0];
  // What text may say as well ends nothing.
  const isToken = addedTokens.some(({ id, isMarkup }) => id === end && isMarkup);
  const ids = [...new Set([...endIds, ...(end !== undefined && isToken ? [end] : [])])];
  if (ids.length === 0) throw brokenTokenizer(where, 'no token ends an answer (eos_token is missing)');
  return ids;
}

function orBroken<Value>(where: string, problem: string, make: () => Value): Value {
  try {
    return make();
  } catch (cause) {
    throw brokenPart(where, problem, cause);
  }
}

function brokenPart(where: string, problem: string, cause: unknown): AppError {
  return brokenTokenizer(where, `${problem} (${shortReason(cause)})`, cause);
}
