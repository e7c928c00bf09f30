import type { TokenizerPort } from '../../core/ports/tokenizer.ts';
import { createAnswerParts } from './answer-parts.ts';
import { type ChatTemplate, createChatTemplate } from './chat-template.ts';
import { afterAnswer, continueTalk } from './continue-talk.ts';
import { createDisguiser, type Disguiser } from './disguise.ts';
import { brokenTokenizer, shortReason } from './errors.ts';
import type { TokenizerFiles } from './options.ts';
import { createPromptIds, type PromptIds } from './prompt-ids.ts';
import { readAnswer } from './read-answer.ts';
import { readDescription, type TokenizerDescription } from './read-description.ts';
import { createMarkupSplitter } from './split-markup.ts';
import type { Talk } from './template-values.ts';
import { createTextIds } from './text-ids.ts';
import type { Libraries } from './wire.ts';

/** A tokenizer of its files. Throws `config_invalid` where they give none. */
export function createTokenizer(files: TokenizerFiles, libraries: Libraries): TokenizerPort {
  const { where } = files;
  const description = readDescription(files);
  const { addedTokens, templates, hash } = description;
  const textIds = orBroken(where, 'tokenizer.json is of an unknown kind', () =>
    createTextIds(description.json, addedTokens, libraries),
  );
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

  return {
    hash,
    stopIds,
    renderPrompt(messages, tools) {
      const disguise = disguiser(JSON.stringify([messages, tools]));
      return Int32Array.from(promptIds(template.render({ messages, tools }, disguise), disguise));
    },
    continuePrompt: (before, messages, tools) =>
      continueTalk(before, { messages, tools }, { template, disguiser, promptIds, stopIds: stops }),
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
  const isToken = addedTokens.some(({ id }) => id === end);
  const ids = [...new Set([...endIds, ...(end !== undefined && isToken ? [end] : [])])];
  if (ids.length === 0) throw brokenTokenizer(where, 'no token ends an answer (eos_token is missing)');
  return ids;
}

function orBroken<Value>(where: string, problem: string, make: () => Value): Value {
  try {
    return make();
  } catch (cause) {
    throw brokenTokenizer(where, `${problem} (${shortReason(cause)})`, cause);
  }
}
