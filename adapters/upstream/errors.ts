import { errors } from 'undici';
import { AppError } from '../../core/domain/app-error.ts';
import { beforeSending, connectionCode } from '../../core/domain/network-faults.ts';

/** Who was asked, for sentences. */
export interface Peer {
  readonly name: string;
  readonly host: string;
}

/** What a request to a server broke by, and whether the same server may be asked again. */
export interface Fault {
  readonly error: AppError;
  /** Nothing of an answer had come, and another attempt may fare better. */
  readonly isWorthARetry: boolean;
  /** The connection ended under the request: mostly a kept one that the server closed just then. */
  readonly isReset: boolean;
  readonly speaksAgainstServer: boolean;
}

const badTls = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_)/;
const resets: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const notHttp: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);
const ofTheRequest: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);

/** Why no answer came. The thrown error is not kept as the cause: some of them hold a piece of the answer. */
export function faultOf(thrown: unknown, { name, host }: Peer): Fault {
  const code = connectionCode(thrown);
  const details = { upstream: name, code, reached: !beforeSending.has(code) };
  const told = (error: AppError, isWorthARetry: boolean): Fault => ({
    error,
    isWorthARetry,
    isReset: resets.has(code),
    speaksAgainstServer: !ofTheRequest.has(code),
  });
  if (ofTheRequest.has(code)) {
    return told(
      new AppError('invalid_input', 'A header or the path of the request cannot be sent on.', { details }),
      false,
    );
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return told(
      new AppError('timeout', `The upstream ${name} at ${host} took too long to accept a connection.`, {
        details,
        retryable: true,
      }),
      true,
    );
  }
  if (badTls.test(code)) {
    return told(
      new AppError(
        'network',
        `The upstream ${name} at ${host} does not prove who it is (${code}). See that its base address is right and that this machine knows who signed its certificate.`,
        { details },
      ),
      false,
    );
  }
  if (thrown instanceof errors.HTTPParserError || notHttp.has(code)) {
    return told(
      new AppError('bad_reply', `What the upstream ${name} at ${host} sent is no HTTP answer.`, {
        details,
        retryable: true,
      }),
      true,
    );
  }
  const why = code === '' ? '' : ` (${code})`;
  return told(
    new AppError(
      'network',
      beforeSending.has(code)
        ? `The upstream ${name} at ${host} cannot be reached${why}. See that it runs and that its base address is right.`
        : `The connection to the upstream ${name} at ${host} broke before it answered${why}. Try again.`,
      { details, retryable: true },
    ),
    true,
  );
}

/** The answer ended before it was whole. */
export function cutOff(thrown: unknown, { name, host }: Peer): AppError {
  return new AppError('network', `The answer of the upstream ${name} at ${host} was cut off. Try again.`, {
    details: { upstream: name, code: connectionCode(thrown), reached: true },
    retryable: true,
  });
}

export type Limit = 'first_byte' | 'idle' | 'total';

export function tookTooLong(limit: Limit, afterMs: number, { name, host }: Peer): AppError {
  const seconds = Math.round(afterMs / 1_000);
  const says = {
    first_byte: `did not begin to answer within ${seconds} seconds`,
    idle: `sent nothing more for ${seconds} seconds`,
    total: `was not done within ${seconds} seconds`,
  };
  return new AppError('timeout', `The upstream ${name} at ${host} ${says[limit]}.`, {
    details: { upstream: name, limit, reached: true },
    retryable: true,
  });
}

export interface Resting {
  readonly name: string;
  /** What is left of the rest. */
  readonly restMs: number;
}

/** Every upstream that serves the request is left alone. */
export function allRest(resting: readonly Resting[]): AppError {
  const names = resting.map(({ name }) => name);
  const restMs = Math.ceil(Math.min(...resting.map((one) => one.restMs)));
  return new AppError(
    'peer_failed',
    names.length === 1
      ? `The upstream ${names.join()} failed several times in a row and is left alone for a moment. Try again shortly.`
      : `The upstreams ${names.join(', ')} failed several times in a row and are left alone for a moment. Try again shortly.`,
    { details: { reason: 'resting' }, retryable: true, ...(restMs > 0 && { retryAfterMs: restMs }) },
  );
}

export function servedByNone(model: string | undefined): AppError {
  return new AppError(
    'not_found',
    model === undefined
      ? 'No upstream speaks this dialect.'
      : 'No upstream serves this model in this dialect.',
  );
}

export const aborted = (): AppError => new AppError('aborted', 'The request was stopped by its caller.');

export const stopping = (): AppError =>
  new AppError('overloaded', 'MetaClaw is stopping. Try again in a moment.', { retryable: true });
