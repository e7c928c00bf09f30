import { hash } from 'node:crypto';
import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { upstreamStamp } from '../../core/domain/turn-stamp.ts';
import type { Exchange, ExchangeEnd } from '../../core/ports/exchange-desk.ts';
import type { UpstreamFlow, UpstreamHead, UpstreamPort, UpstreamRequest } from '../../core/ports/upstream.ts';
import { addedHeaders } from './added-headers.ts';
import type { ClientStream } from './client-stream.ts';
import type { DialectPort, Tap } from './dialect-port.ts';
import { promptBytes } from './dialects/prompt-bytes.ts';
import { firstAnswerOf } from './first-answer.ts';
import { passedOn } from './server-headers.ts';

export interface ForwardJob {
  readonly exchange: Exchange;
  readonly dialect: DialectPort;
  readonly request: UpstreamRequest;
  /** As it is sent on, for the digest. */
  readonly body: Uint8Array;
  /** Where one of our models answers: its policy, or the configured model's name. Never what the server calls it. */
  readonly policy?: string;
  /** As the caller asked for it. */
  readonly model: string;
  /** As `ReadRequest.prefill`. */
  readonly prefill?: string;
}

export interface ForwardDeps {
  readonly upstream: Pick<UpstreamPort, 'forward'>;
  /** The way to the caller, which is there still; `onDrain` and `onGone` as in `ClientStreamOptions`. */
  readonly client: (onDrain: () => void, onGone: () => void) => ClientStream;
  /** No server answered: the caller is still to be told. */
  readonly refuse: (error: AppError) => void;
  /** Once, when everything is over. */
  readonly done: () => void;
}

/** Sends a request on and the answer back, byte for byte, and tells the desk how it ended. Never throws. */
export function forwardExchange(job: ForwardJob, deps: ForwardDeps): void {
  const { exchange, dialect } = job;
  let flow: UpstreamFlow | undefined;
  let tap: Tap | undefined;
  let hasHead = false;
  let isOver = false;
  let promptHash: string | undefined;

  const client = deps.client(
    () => flow?.resume(),
    () => {
      flow?.abort();
      close('stopped');
    },
  );

  /** The first call counts. */
  function close(state: ExchangeEnd['state'], error?: AppError): void {
    if (isOver) return;
    isOver = true;
    settle(state, error);
    deps.done();
  }

  function settle(state: ExchangeEnd['state'], error: AppError | undefined): void {
    const read = tap?.end();
    if (read === undefined) {
      abandon(state, error);
      return;
    }
    exchange.finish({
      state: stateOf(state, read.isWhole),
      replyText: read.text,
      awaitsTools: read.awaitsTools,
      messageIds: [...(read.messageId === undefined ? [] : [read.messageId]), ...(read.partIds ?? [])],
      firstAnswer: withPrefill(job.prefill, read.firstAnswer),
      policy: job.policy ?? upstreamStamp(read.model ?? job.model),
      ...(read.usage === undefined ? { promptBytes: promptBytes(job.body) } : { usage: read.usage }),
      ...(read.estimatedTokens === undefined ? {} : { answerTokens: read.estimatedTokens }),
      promptHash: digest(),
      ...(error === undefined ? {} : { errorCode: error.code }),
    });
  }

  /** A server that was not waited for has read the request all the same. */
  function abandon(state: ExchangeEnd['state'], error: AppError | undefined): void {
    const isSent = flow !== undefined && !hasHead && (state === 'stopped' || wasTakenIn(error));
    exchange.abandon(isSent ? { promptBytes: promptBytes(job.body) } : undefined);
  }

  function digest(): string {
    promptHash ??= hash('sha256', job.body);
    return promptHash;
  }

  function failed(error: AppError): void {
    if (hasHead) client.cut();
    else if (!client.isGone()) deps.refuse(error);
    close('failed', error);
  }

  try {
    flow = deps.upstream.forward(job.request, {
      head(head) {
        if (isRedirect(head)) {
          failed(redirected(head));
          flow?.abort();
          return;
        }
        hasHead = true;
        // An error of the server's is passed on, and is no turn.
        const isAnswer = head.status >= 200 && head.status < 300;
        if (isAnswer) tap = dialect.tap(contentTypeOf(head.headers));
        client.head(
          { status: head.status, headers: passedOn(head.headers) },
          isAnswer ? addedHeaders(exchange) : {},
        );
      },
      data(chunk) {
        const mayGoOn = client.write(chunk);
        tap?.push(chunk);
        return mayGoOn;
      },
      end() {
        client.end();
        close('done');
      },
      failed,
    });
    // Made while the server works, so that it costs the answer nothing.
    digest();
  } catch (thrown) {
    failed(toAppError(thrown));
  }
}

const isRedirect = ({ status }: UpstreamHead): boolean => status >= 300 && status < 400 && status !== 304;

/** Followed by a client, it would take the caller's key past us, to wherever the server says. */
function redirected({ status, upstream }: UpstreamHead): AppError {
  const message = `The model server ${upstream} sends its callers elsewhere (${status}), which is not followed. Set its baseUrl in proxy.upstreams to the address that answers.`;
  return new AppError('bad_reply', message, { details: { upstream, status } });
}

function contentTypeOf(headers: readonly (readonly [name: string, value: string])[]): string {
  for (const [name, value] of headers) if (name === 'content-type') return value;
  return '';
}

/** Callers keep an answer together with the beginning that they gave it. */
function withPrefill(prefill: string | undefined, firstAnswer: string): string {
  return prefill === undefined || firstAnswer === '' ? firstAnswer : firstAnswerOf(prefill, []) + firstAnswer;
}

/** What a server was sent and did not answer in time. */
function wasTakenIn(error: AppError | undefined): boolean {
  return error?.code === 'timeout' && error.details['reached'] === true;
}

/** Clients leave behind the last event, without waiting for the server to close. */
function stateOf(state: ExchangeEnd['state'], isWhole: boolean): ExchangeEnd['state'] {
  if (state === 'stopped' && isWhole) return 'done';
  return state === 'done' && !isWhole ? 'failed' : state;
}
