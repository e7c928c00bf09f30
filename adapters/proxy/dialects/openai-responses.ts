import type { DialectPort } from '../dialect-port.ts';
import { responsesTap } from '../taps/responses-tap.ts';
import { createEdit, type PlaceBlock } from './edit-request.ts';
import { answerTextOf, saidStep, type TalkStep, talkOf } from './history.ts';
import { kindAt, memberOf } from './json-spans.ts';
import { openAiError } from './openai-error.ts';
import { readOwnFields } from './own-fields.ts';
import { type Fields, invalidField, isFields, isStreamAsked, modelOf, parseBody } from './parse-body.ts';
import { appendedText, prepended } from './place-text.ts';

/** With one of these the server knows what to answer without `input`. */
const inputElsewhere = ['previous_response_id', 'prompt', 'conversation'] as const;

function inputOf(body: Fields): readonly Fields[] {
  const input = body['input'] ?? undefined;
  if (input === undefined) {
    if (inputElsewhere.some((name) => (body[name] ?? undefined) !== undefined)) return [];
    throw invalidField('input', 'input is missing.');
  }
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (!Array.isArray(input)) throw invalidField('input', 'input must be a string or an array.');
  return input.map((item: unknown, place) => {
    if (!isFields(item)) throw invalidField(`input[${place}]`, `input[${place}] must be an object.`);
    const isMessage = item['type'] === undefined || item['type'] === 'message';
    if (isMessage && typeof item['role'] !== 'string') {
      throw invalidField(`input[${place}].role`, `input[${place}].role must be a string.`);
    }
    return item;
  });
}

function messageSteps({ role, content }: Fields): readonly TalkStep[] {
  if (role === 'user') return [saidStep(content)];
  return role === 'assistant' ? [{ kind: 'answered', text: answerTextOf(content), callIds: [] }] : [];
}

/** A shell's call that the server carries out, in a container of its own. */
const isInContainer = ({ environment }: Fields): boolean =>
  isFields(environment) && environment['type'] === 'container_reference';

/** The same items without the results that the server gave itself: they stand in the middle of an answer. */
function withoutServersResults(items: readonly Fields[]): readonly Fields[] {
  const serversCalls = new Set(items.filter(isInContainer).map(({ call_id: callId }) => callId));
  return items.filter(({ type, execution, call_id: callId }) => {
    if (type === 'shell_call_output') return !serversCalls.has(callId);
    return type !== 'program_output' && !(type === 'tool_search_output' && execution === 'server');
  });
}

/** The `conversation` that the server keeps. */
function talkNameOf({ conversation }: Fields): string | undefined {
  const id = isFields(conversation) ? conversation['id'] : conversation;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** Thoughts are told by no answer, so that theirs are known of none. */
const isAnswerPart = (id: unknown): boolean => typeof id === 'string' && id !== '' && !id.startsWith('rs_');

/** The answer before, where the server keeps it: by its own id, or by the last part of it that is referred to in place of its text. */
function previousOf({ previous_response_id: id }: Fields, items: readonly Fields[]): string | undefined {
  if (typeof id === 'string' && id !== '') return id;
  const part = items.findLast(({ type, id: of }) => type === 'item_reference' && isAnswerPart(of))?.['id'];
  return typeof part === 'string' ? part : undefined;
}

/** In the API reference what a caller carries out is named `…_call` and has a `call_id`, and its result is named `…_output`. */
function stepsOf(item: Fields): readonly TalkStep[] {
  const { type, call_id: callId, execution } = item;
  if (type === undefined || type === 'message') return messageSteps(item);
  if (typeof type !== 'string') return [];
  if (type.endsWith('_output') || type === 'mcp_approval_response') return [{ kind: 'result' }];
  const isCallers = type.endsWith('_call') && execution !== 'server' && typeof callId === 'string';
  return isCallers ? [{ kind: 'answered', text: '', callIds: [callId] }] : [];
}

const placeBlock: PlaceBlock = ({ json, start, members }, block) => {
  const instructions = memberOf(members, 'instructions')?.value;
  if (instructions === undefined) return [prepended(start, `"instructions":${JSON.stringify(block)}`)];
  const kind = kindAt(json, instructions.start);
  if (kind === 'string') return [appendedText(instructions, block)];
  return kind === 'null' ? [{ ...instructions, text: JSON.stringify(block) }] : [];
};

/** `POST /responses` of the OpenAI API reference. */
export const openAiResponses: DialectPort = {
  dialect: 'openai-responses',
  read: (bytes) => {
    const body = parseBody(bytes);
    const model = modelOf(body);
    const isStream = isStreamAsked(body);
    const input = inputOf(body);
    const own = readOwnFields(body);
    const previous = previousOf(body, input);
    const talkName = talkNameOf(body);
    return {
      model,
      isStream,
      own,
      ...talkOf(withoutServersResults(input).flatMap(stepsOf)),
      ...(talkName !== undefined && { talkName }),
      ...(previous !== undefined && { previousMessageId: previous }),
      edit: createEdit(bytes, model, own, placeBlock),
    };
  },
  tap: responsesTap,
  error: openAiError,
};
