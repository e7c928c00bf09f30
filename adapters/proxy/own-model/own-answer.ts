import { type AppError, toAppError } from '../../../core/domain/app-error.ts';
import type { FinishReason, ModelEvent, ModelUsage, ToolCall } from '../../../core/domain/model.ts';
import type { PolicyId } from '../../../core/domain/policy.ts';
import { estimateTokens } from '../../../core/domain/tokens.ts';
import { calledLine, type Exchange, type ExchangeEnd } from '../../../core/ports/exchange-desk.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import { addedHeaders } from '../added-headers.ts';
import type { ClientStream } from '../client-stream.ts';
import type { DialectPort } from '../dialect-port.ts';
import { firstAnswerOf } from '../first-answer.ts';
import { failureAnswer, ownHeaders } from '../respond.ts';
import type { ReadChat } from './read-chat.ts';
import { type ChatHead, chatBody, chatEvents } from './write-chat.ts';

export interface OwnAnswerJob {
  readonly exchange: Exchange;
  readonly model: ModelPort;
  readonly policyId?: PolicyId;
  readonly chat: ReadChat;
  /** Where the caller does not say: an engine would write on until its context is full. */
  readonly maxOutputTokens: number;
  readonly isStream: boolean;
  readonly head: ChatHead;
  readonly promptBytes: number;
  readonly promptHash: string;
  /** The way to the caller, which is there still. */
  readonly client: ClientStream;
  /** Resolves when the caller takes more, or has gone. */
  readonly drained: () => Promise<void>;
  /** Nothing was answered: the caller is still to be told. */
  readonly refuse: (error: AppError) => void;
  readonly error: DialectPort['error'];
  /** Fires when the caller has gone. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

interface Gathered {
  text: string;
  readonly calls: ToolCall[];
  /** Made by the model, and more than the caller wants. */
  readonly untold: ToolCall[];
  stamp: string;
}

type Ending = Extract<ModelEvent, { type: 'completed' | 'failed' }>;

const streamHeaders = [
  ['content-type', 'text/event-stream; charset=utf-8'],
  ['cache-control', 'no-store'],
] as const;

/** Asks one of our models and answers as a chat completion. Never rejects; the exchange is over when it resolves. */
export async function ownAnswer(job: OwnAnswerJob): Promise<void> {
  const { exchange, chat, client, head } = job;
  const gathered: Gathered = { text: '', calls: [], untold: [], stamp: head.model };
  const events = chatEvents(head, chat.includesUsage);
  let isBegun = false;

  /** The head goes out with the first piece, so that a failure before it has a status of its own. */
  function send(piece: string): boolean {
    if (isBegun) return client.write(Buffer.from(piece));
    isBegun = true;
    client.head({ status: 200, headers: streamHeaders }, addedHeaders(exchange));
    return client.write(Buffer.from(`${events.role()}${piece}`));
  }

  async function write(piece: string): Promise<void> {
    if (job.isStream && !send(piece)) await job.drained();
  }

  async function take(event: ModelEvent): Promise<void> {
    if (event.type === 'started') gathered.stamp = event.model;
    if (event.type === 'text' && event.text !== '') {
      gathered.text += event.text;
      await write(events.text(event.text));
    }
    if (event.type !== 'tool_call') return;
    if (chat.wantsOneCall && gathered.calls.length > 0) {
      gathered.untold.push(event.call);
    } else {
      gathered.calls.push(event.call);
      await write(events.call(event.call, gathered.calls.length - 1));
    }
  }

  async function asked(): Promise<Ending> {
    const request = {
      maxOutputTokens: job.maxOutputTokens,
      ...chat.request,
      conversation: exchange.sessionId,
      ...(job.policyId === undefined ? {} : { policy: job.policyId }),
    };
    try {
      for await (const event of job.model.stream(request, job.signal)) {
        if (event.type === 'completed' || event.type === 'failed') return event;
        await take(event);
      }
    } catch (error) {
      job.logger.error('own_model_failed', { error });
    }
    // Its text may tell of the insides.
    return { type: 'failed', error: toAppError(undefined) };
  }

  function finishWhole(finishReason: FinishReason, usage: ModelUsage | undefined): void {
    const { text, calls } = gathered;
    if (job.isStream) {
      const told = chat.includesUsage && usage !== undefined ? events.usage(usage) : '';
      send(`${events.finish(finishReason)}${told}${events.done()}`);
    } else {
      const whole = { text, calls, finishReason, ...(usage === undefined ? {} : { usage }) };
      const bytes = Buffer.from(JSON.stringify(chatBody(head, whole)));
      const headers = Object.entries({ ...ownHeaders, 'content-length': String(bytes.length) });
      client.head({ status: 200, headers }, addedHeaders(exchange));
      client.write(bytes);
    }
    client.end();
  }

  function finishFailed(error: AppError): void {
    if (!isBegun) {
      job.refuse(error);
      return;
    }
    send(events.failed(failureAnswer(error, job.error).body));
    client.end();
  }

  const end = await asked();
  const state = stateOf(end, client.isGone());
  if (state === 'done' && end.type === 'completed') finishWhole(end.finishReason, end.usage);
  else if (state === 'failed' && end.type === 'failed') finishFailed(end.error);
  const isNothing = gathered.text === '' && gathered.calls.length === 0;
  if (!isNothing || state === 'done') exchange.finish(endOf(job, gathered, end, state));
  else exchange.abandon(state === 'stopped' ? { promptBytes: job.promptBytes } : undefined);
}

function endOf(
  job: OwnAnswerJob,
  { text, calls, untold, stamp }: Gathered,
  end: Ending,
  state: ExchangeEnd['state'],
): ExchangeEnd {
  const lines = calls.map(({ name, argumentsJson }) => calledLine(name, argumentsJson));
  return {
    state,
    replyText: [...(text === '' ? [] : [text]), ...lines].join('\n'),
    awaitsTools: calls.length > 0,
    messageIds: [job.head.id],
    firstAnswer: firstAnswerOf(
      text,
      calls.map(({ id }) => id),
    ),
    policy: stamp,
    ...(end.type === 'completed' && end.usage !== undefined
      ? { usage: end.usage }
      : { promptBytes: job.promptBytes, answerTokens: writtenTokens(text, [...calls, ...untold]) }),
    // Tokens of more than was told would be rated by what was.
    ...(end.type === 'completed' && end.sampled !== undefined && untold.length === 0
      ? { sampled: [end.sampled] }
      : {}),
    promptHash: job.promptHash,
    ...(end.type === 'failed' ? { errorCode: end.error.code } : {}),
  };
}

/** Arguments whole, which a line of the answer's text cuts. */
function writtenTokens(text: string, calls: readonly ToolCall[]): number {
  return calls.reduce(
    (tokens, { name, argumentsJson }) => tokens + estimateTokens(name) + estimateTokens(argumentsJson),
    estimateTokens(text),
  );
}

function stateOf(end: Ending, isGone: boolean): ExchangeEnd['state'] {
  if (isGone) return 'stopped';
  return end.type === 'completed' ? 'done' : 'failed';
}
