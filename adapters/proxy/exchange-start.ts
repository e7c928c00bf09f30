import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../core/domain/app-error.ts';
import type { ApiCaller } from '../../core/ports/api-access.ts';
import type { ExchangeStart, TalkMark } from '../../core/ports/exchange-desk.ts';
import type { ReadRequest } from './dialect-port.ts';

const longestName = 200;
const truths: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on']);

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = (typeof value === 'string' ? value : value?.[0])?.trim();
  return text === '' ? undefined : text;
}

/** Throws `invalid_input` for a name that is too long. */
function nameIn(headers: IncomingHttpHeaders, name: string): string | undefined {
  const text = headerOf(headers, name);
  if (text === undefined || text.length <= longestName) return text;
  throw new AppError('invalid_input', `${name} may have at most ${longestName} characters.`, {
    details: { field: name },
  });
}

/** On whose behalf the caller asks. Throws `invalid_input`. */
export function userIn(headers: IncomingHttpHeaders): string | undefined {
  return nameIn(headers, 'x-user-id');
}

/** What the caller calls the talk comes before what the server does. Throws `invalid_input`. */
export function talkOf(
  headers: IncomingHttpHeaders,
  request: Pick<ReadRequest, 'opening' | 'firstAnswer' | 'lastAnswer' | 'previousMessageId' | 'talkName'>,
): TalkMark {
  const { opening, firstAnswer, lastAnswer, previousMessageId, talkName } = request;
  const name = nameIn(headers, 'x-session-id') ?? talkName;
  return {
    ...(name === undefined ? {} : { name }),
    ...(previousMessageId === undefined ? {} : { after: previousMessageId }),
    opening,
    ...(firstAnswer === undefined ? {} : { firstAnswer }),
    ...(lastAnswer === undefined ? {} : { lastAnswer }),
  };
}

/** Of a header that was sent twice the first counts. */
function lineOf(type = 'main'): ExchangeStart['line'] {
  return type.split(',', 1)[0]?.trim().toLowerCase() === 'main' ? 'main' : 'side';
}

/** What the desk is told of a request. `X-Turn-Type`: `main`, which it is by default, or anything else for work beside the talk. Throws `invalid_input`. */
export function exchangeStart(
  headers: IncomingHttpHeaders,
  request: ReadRequest,
  caller: ApiCaller,
): ExchangeStart {
  const { words, wordsIndex, isContinued, keepsSystem, own } = request;
  return {
    caller,
    line: lineOf(headerOf(headers, 'x-turn-type')),
    talk: talkOf(headers, request),
    words,
    wordsIndex,
    isContinued,
    ...(keepsSystem === undefined ? {} : { keepsSystem }),
    ...(own.key === undefined ? {} : { ownKey: own.key }),
    endsSession: truths.has(headerOf(headers, 'x-session-done')?.toLowerCase() ?? ''),
  };
}
