import type { DialectPort, ReadRequest } from '../dialect-port.ts';
import { messagesTap } from '../taps/messages-tap.ts';
import { anthropicError } from './anthropic-error.ts';
import { createEdit, type PlaceBlock } from './edit-request.ts';
import { answerTextOf, listOf, saidStep, stringsOf, type TalkStep, talkOf } from './history.ts';
import { kindAt, memberOf } from './json-spans.ts';
import { readOwnFields } from './own-fields.ts';
import { type Fields, isFields, isStreamAsked, messagesOf, modelOf, parseBody } from './parse-body.ts';
import { appendedPart, appendedText, prepended } from './place-text.ts';

function stepsOf({ role, content }: Fields): readonly TalkStep[] {
  const blocks = listOf(content).filter(isFields);
  if (role === 'assistant') {
    const calls = blocks.filter(({ type }) => type === 'tool_use');
    return [{ kind: 'answered', text: answerTextOf(content), callIds: stringsOf(calls, 'id') }];
  }
  if (role !== 'user') return [];
  const said = saidStep(content);
  if (!blocks.some(({ type }) => type === 'tool_result')) return [said];
  const holdsMore = said.texts.length > 0 || said.others.length > 0;
  return holdsMore ? [{ kind: 'result' }, said] : [{ kind: 'result' }];
}

const isProse = ({ content }: Fields): boolean =>
  typeof content === 'string' ||
  listOf(content).every((block) => isFields(block) && block['type'] === 'text');

/**
 * Where the beginning of the answer that is asked for is, which callers may write themselves (API reference, "Prefill"). An
 * answer of the server's that it has not finished (`pause_turn`) stands at the end too, and holds more than text.
 */
function prefillAt(messages: readonly Fields[]): number {
  return 1 + messages.findLastIndex((message) => message['role'] !== 'assistant' || !isProse(message));
}

/**
 * The answer that a thread goes on from (`message-threads-2026-08-12`, the first-party client's beta): the server has what came before,
 * with the system message, and the request holds what is new alone.
 */
function threadOf({ thread }: Fields): Pick<ReadRequest, 'previousMessageId' | 'keepsSystem'> | undefined {
  if (!isFields(thread) || thread['type'] !== 'continue') return undefined;
  const id = thread['previous_message_id'];
  return { keepsSystem: true, ...(typeof id === 'string' && id !== '' && { previousMessageId: id }) };
}

const placeBlock: PlaceBlock = ({ json, start, members }, block) => {
  const system = memberOf(members, 'system')?.value;
  if (system === undefined) return [prepended(start, `"system":${JSON.stringify(block)}`)];
  switch (kindAt(json, system.start)) {
    case 'string':
      return [appendedText(system, block)];
    case 'array':
      return [appendedPart(json, system, block)];
    case 'null':
      return [{ ...system, text: JSON.stringify(block) }];
    default:
      return [];
  }
};

/** `POST /messages` and `POST /messages/count_tokens` of Anthropic's API reference. */
export const anthropicMessages: DialectPort = {
  dialect: 'anthropic',
  read: (bytes) => {
    const body = parseBody(bytes);
    const model = modelOf(body);
    const isStream = isStreamAsked(body);
    const thread = threadOf(body);
    const messages = messagesOf(body, thread !== undefined);
    const own = readOwnFields(body);
    const end = prefillAt(messages);
    const prefill = messages.slice(end).map(({ content }) => answerTextOf(content));
    return {
      model,
      isStream,
      own,
      ...talkOf(messages.slice(0, end).flatMap(stepsOf)),
      ...(prefill.length > 0 && { prefill: prefill.join('\n') }),
      ...thread,
      edit: createEdit(bytes, model, own, placeBlock),
    };
  },
  tap: messagesTap,
  error: anthropicError,
};
