import type { DialectPort } from '../dialect-port.ts';
import { chatTap } from '../taps/chat-tap.ts';
import { createEdit, type OpenBody, type PlaceBlock } from './edit-request.ts';
import { answerTextOf, listOf, saidStep, stringsOf, type TalkStep, talkOf } from './history.ts';
import { firstElementAt, kindAt, type MemberSpan, memberOf, membersAt, type Span } from './json-spans.ts';
import { openAiError } from './openai-error.ts';
import { readOwnFields } from './own-fields.ts';
import { type Fields, isFields, isStreamAsked, messagesOf, modelOf, parseBody } from './parse-body.ts';
import { appendedPart, appendedText, prepended } from './place-text.ts';

function answerStep({ content, refusal, tool_calls: calls }: Fields): TalkStep {
  const text = [answerTextOf(content), typeof refusal === 'string' ? refusal : ''].join('\n');
  return { kind: 'answered', text, callIds: stringsOf(listOf(calls).filter(isFields), 'id') };
}

function stepsOf(message: Fields): readonly TalkStep[] {
  switch (message['role']) {
    case 'user':
      return [saidStep(message['content'])];
    case 'assistant':
      return [answerStep(message)];
    case 'tool':
    case 'function':
      return [{ kind: 'result' }];
    default:
      return [];
  }
}

const isSystemRole = ({ json }: OpenBody, role: MemberSpan | undefined): boolean => {
  const value: unknown =
    role === undefined ? '' : JSON.parse(json.toString('utf8', role.value.start, role.value.end));
  return value === 'system' || value === 'developer';
};

/** The content of the first message where that is the system's and has a form that can be added to. */
function systemContent(body: OpenBody, messages: Span): Span | undefined {
  const first = firstElementAt(body.json, messages.start);
  if (first === undefined || kindAt(body.json, first) !== 'object') return undefined;
  const members = membersAt(body.json, first);
  return isSystemRole(body, memberOf(members, 'role')) ? memberOf(members, 'content')?.value : undefined;
}

const placeBlock: PlaceBlock = (body, block) => {
  const messages = memberOf(body.members, 'messages');
  if (messages === undefined) return [];
  const content = systemContent(body, messages.value);
  const kind = content === undefined ? 'null' : kindAt(body.json, content.start);
  if (content !== undefined && kind === 'string') return [appendedText(content, block)];
  if (content !== undefined && kind === 'array') return [appendedPart(body.json, content, block)];
  return [prepended(messages.value.start, JSON.stringify({ role: 'system', content: block }))];
};

/** `POST /chat/completions` of the OpenAI API reference. */
export const openAiChat: DialectPort = {
  dialect: 'openai-chat',
  read: (bytes) => {
    const body = parseBody(bytes);
    const model = modelOf(body);
    const isStream = isStreamAsked(body);
    const messages = messagesOf(body);
    const own = readOwnFields(body);
    return {
      model,
      isStream,
      own,
      ...talkOf(messages.flatMap(stepsOf)),
      edit: createEdit(bytes, model, own, placeBlock),
    };
  },
  tap: chatTap,
  error: openAiError,
};
