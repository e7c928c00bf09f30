import type { z } from 'zod';
import { AppError } from '../../core/domain/app-error.ts';
import { eventId, spaceId } from '../../core/domain/ids.ts';
import type {
  ActionInvoked,
  CommandInvoked,
  CompletionRequested,
  MessageReceived,
  Person,
  SignalGiven,
  SignalWithdrawn,
} from '../../core/domain/inbound-event.ts';
import { addressOf, isAccount, personMessageId, personOf, platform, refOf } from './account.ts';
import type { ActionRequest, CompletionRequest, MessageRequest, VoteRequest } from './schema.ts';

/** Who sent a request and when it came. */
export interface Sender {
  readonly account: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Reads a request's JSON by its schema. Throws `invalid_input` with a sentence. */
export function parseRequest<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String).join('.') ?? '';
  const where = path === '' ? 'The request' : `“${path}”`;
  throw new AppError(
    'invalid_input',
    `The server did not understand this: ${where}: ${issue?.message ?? 'unreadable'}.`,
  );
}

/** Words become a message; words behind a slash become a command. Throws `invalid_input` on empty text. */
export function toMessageOrCommand(
  request: MessageRequest,
  sender: Sender,
): MessageReceived | CommandInvoked {
  const text = request.text.trim();
  if (text === '') throw new AppError('invalid_input', 'The message is empty: write something first.');
  if (text.startsWith('/')) {
    return {
      type: 'command_invoked',
      ...base(sender, request.id),
      ...acting(sender),
      line: text.slice(1).trimStart(),
      interaction: { handle: `${request.quiet === true ? 'quiet' : 'reply'}:${sender.account}` },
    };
  }
  const { account } = sender;
  return {
    type: 'message_received',
    ...base(sender, request.id),
    conversation: addressOf(account),
    admission: { kind: 'open' },
    ref: refOf(account, personMessageId(account, request.id)),
    author: personAt(account),
    addressing: 'direct',
    text: request.text,
  };
}

export function toSignal(request: VoteRequest, sender: Sender): SignalGiven | SignalWithdrawn {
  return {
    type: request.change === 'given' ? 'signal_given' : 'signal_withdrawn',
    ...base(sender, request.id),
    admission: { kind: 'open' },
    actor: personAt(sender.account),
    target: refOf(sender.account, request.messageId),
    mark: { kind: 'button', name: request.name },
  };
}

export function toAction(request: ActionRequest, sender: Sender): ActionInvoked {
  return {
    type: 'action_invoked',
    ...base(sender, request.id),
    ...acting(sender),
    actionId: request.actionId,
    target: refOf(sender.account, request.messageId),
    interaction: { handle: `reply:${sender.account}` },
  };
}

export function toCompletion(
  request: CompletionRequest,
  sender: Sender,
  waitMs: number,
): CompletionRequested {
  return {
    type: 'completion_requested',
    ...base(sender, request.id),
    ...acting(sender),
    line: request.line,
    interaction: {
      handle: `completion:${completionKey(sender.account, request.id)}`,
      deadlineAt: sender.at + waitMs,
    },
  };
}

/** What an interaction's handle says. Throws `invalid_input` for one that this channel did not make. */
export function readHandle(
  handle: string,
):
  | { readonly kind: 'reply' | 'quiet'; readonly account: string }
  | { readonly kind: 'completion'; readonly key: string } {
  const [kind, account, requestId] = handle.split(':');
  if (account !== undefined && isAccount(account)) {
    if ((kind === 'reply' || kind === 'quiet') && requestId === undefined) return { kind, account };
    if (kind === 'completion' && requestId !== undefined) {
      return { kind, key: completionKey(account, requestId) };
    }
  }
  throw new AppError('invalid_input', 'This interaction does not belong to the web page.');
}

/** Which request a completion answers. */
export function completionKey(account: string, requestId: string): string {
  return `${account}:${requestId}`;
}

function base(sender: Sender, requestId: string) {
  return {
    eventId: eventId(platform, `${sender.account}.${requestId}`),
    platform,
    spaceId: spaceId(platform, sender.account),
    occurredAt: sender.at,
  };
}

function acting(sender: Sender) {
  return {
    conversation: addressOf(sender.account),
    admission: { kind: 'open' },
    actor: personAt(sender.account),
  } as const;
}

/** Whoever got past the listener's door has the machine or its password. */
function personAt(account: string): Person {
  return { personId: personOf(account), displayName: 'Operator', isBot: false, role: 'operator' };
}
