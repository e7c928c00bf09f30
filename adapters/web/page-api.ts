import { AppError } from '../../core/domain/app-error.ts';
import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import type { Choice, CommandDescription } from '../../core/ports/channel.ts';
import type { ActivityBoard } from './activity-board.ts';
import type { Completions } from './completions.ts';
import type { ConversationLog } from './conversation-log.ts';
import { tooLong } from './errors.ts';
import {
  completionKey,
  parseRequest,
  type Sender,
  toAction,
  toCompletion,
  toMessageOrCommand,
  toSignal,
} from './inbound.ts';
import { keptText } from './kept-text.ts';
import type { WebLimits } from './options.ts';
import type { MessageView } from './outbound.ts';
import { actionRequest, completionRequest, messageRequest, voteRequest } from './schema.ts';
import { createSerialRunner } from './serial-runner.ts';

/** What a page may ask for, one function a request. Each rejects with an `AppError` whose message is for the person. */
export interface PageApi {
  conversation(account: string): Promise<ConversationView>;
  message(account: string, body: unknown): Promise<Taken>;
  vote(account: string, body: unknown): Promise<Taken>;
  action(account: string, body: unknown): Promise<Taken>;
  completion(account: string, body: unknown): Promise<readonly Choice[]>;
  /** As `ConversationLog.picture`. */
  picture(account: string, messageId: string, place: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Core has it: for the first time, or it had it before. */
export type Taken = Extract<Receipt, 'stored' | 'duplicate'>;

export interface ConversationView {
  readonly account: string;
  readonly model: string;
  readonly banner: string | null;
  readonly commands: readonly CommandDescription[];
  readonly examples: readonly string[];
  readonly isRunning: boolean;
  readonly maxChars: number;
  readonly hasSchedule: boolean;
  readonly messages: readonly MessageView[];
}

export interface PageApiOptions {
  readonly log: ConversationLog;
  readonly activity: ActivityBoard;
  readonly completions: Completions;
  readonly limits: WebLimits;
  /** Hands an event to core; `unavailable` while the channel is not running. Never rejects. */
  readonly deliver: (event: InboundEvent) => Promise<Receipt>;
  /** Epoch milliseconds, never going back. */
  readonly now: () => number;
  readonly commands: () => readonly CommandDescription[];
  readonly examples: readonly string[];
  readonly model: () => string;
  readonly banner: () => string | undefined;
  readonly hasSchedule: boolean;
}

export function createPageApi(options: PageApiOptions): PageApi {
  const { log, activity, completions, limits, deliver } = options;
  const votesInOrder = createSerialRunner();
  const senderOf = (account: string): Sender => ({ account, at: options.now() });

  return {
    async conversation(account) {
      const messages = await log.list(account, limits.transcriptMessages);
      return {
        account,
        model: options.model(),
        banner: options.banner() ?? null,
        commands: options.commands(),
        examples: options.examples,
        isRunning: activity.isRunning(account),
        maxChars: limits.maxInboundChars,
        hasSchedule: options.hasSchedule,
        messages,
      };
    },
    async message(account, body) {
      const request = parseRequest(messageRequest, body);
      if (request.text.length > limits.maxInboundChars) throw tooLong(limits.maxInboundChars);
      const sender = senderOf(account);
      const event = toMessageOrCommand(request, sender);
      if (event.type === 'command_invoked' && request.quiet === true) {
        return requireTaken(await deliver(event));
      }
      // In its place before core is asked: an answer may come at once. A resend happened when the first one did.
      const text = keptText(request.text, options.commands());
      const occurredAt = await log.begin(account, request.id, text, sender.at);
      const receipt = await deliver({ ...event, occurredAt });
      if (isTaken(receipt)) await log.accept(account, request.id, text, occurredAt);
      else await log.withdraw(account, request.id);
      return requireTaken(
        receipt,
        'This was not taken just now. Wait for the answers before it, then send it again.',
      );
    },
    async vote(account, body) {
      const request = parseRequest(voteRequest, body);
      await log.requireAnswer(account, request.messageId);
      const standing = request.change === 'given' ? request.name : null;
      // What is shown and what is in the ledger are changed in the same order.
      return votesInOrder(account, async () => {
        const taken = requireTaken(await deliver(toSignal(request, senderOf(account))));
        const press = { id: request.id, isRepeated: taken === 'duplicate' };
        await log.vote(account, request.messageId, standing, press);
        return taken;
      });
    },
    async action(account, body) {
      const request = parseRequest(actionRequest, body);
      if (request.actionId.startsWith('feedback.')) {
        throw new AppError('invalid_input', 'Feedback is given as a vote, not as a button.');
      }
      await log.requireAnswer(account, request.messageId);
      return requireTaken(await deliver(toAction(request, senderOf(account))));
    },
    picture: (account, messageId, place) => log.picture(account, messageId, place),
    async completion(account, body) {
      const request = parseRequest(completionRequest, body);
      const answer = completions.wait(completionKey(account, request.id));
      requireTaken(await deliver(toCompletion(request, senderOf(account), limits.completionMs)));
      return (await answer) ?? [];
    },
  };
}

function isTaken(receipt: Receipt): receipt is Taken {
  return receipt === 'stored' || receipt === 'duplicate';
}

function requireTaken(
  receipt: Receipt,
  refused = 'This was not taken: what it is about is not there any more.',
): Taken {
  if (isTaken(receipt)) return receipt;
  if (receipt === 'refused') throw new AppError('not_allowed', refused);
  throw new AppError(
    'overloaded',
    'The server cannot take this just now. Your text is kept here: send it again in a moment.',
  );
}
