import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../core/ports/clock.ts';
import type { BodyBudget } from './body-budget.ts';
import { watchBodyPace } from './body-pace.ts';

/**
 * Why a body was not taken. `no_room`: too much is held for others just now. `too_slow`: as `watchBodyPace` says it. `gone`: the
 * caller left, and nobody is there to be answered.
 */
export type BodyFault = 'too_large' | 'not_json' | 'encoded' | 'no_room' | 'too_slow' | 'gone';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Of one that was taken its bytes are the reader's to give back; of all others they are given back. */
  readonly budget: BodyBudget;
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
}

export type BodyRead =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly fault: BodyFault };

const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
/** A body may come in pieces of a byte: so many are held, each at the cost of an object, before they become one. */
const mostPieces = 1_024;

/**
 * The whole body of a request that should be JSON. At most `maxBytes` are held; what is not taken is left to whoever answers
 * (`answerUnread`). `isTyped`: whether its content type must say JSON. Calls back once, not before it has returned.
 */
export function readBody(
  incoming: IncomingMessage,
  { maxBytes, budget, clock }: BodyLimits,
  isTyped: boolean,
  done: (read: BodyRead) => void,
): void {
  const fault =
    faultOf(incoming.headers, maxBytes, isTyped) ??
    (budget.hasRoomFor(Number(incoming.headers['content-length'] ?? 0)) ? undefined : 'no_room');
  if (fault !== undefined) {
    queueMicrotask(() => done({ ok: false, fault }));
    return;
  }
  let pieces: Buffer[] = [];
  const joined: Buffer[] = [];
  let bytes = 0;
  const pace = watchBodyPace(
    clock,
    () => bytes,
    () => fail('too_slow'),
  );

  function end(read: BodyRead): void {
    pace.stop();
    incoming.off('data', take).off('end', whole).off('close', gone).off('error', gone);
    done(read);
  }

  function fail(fault: BodyFault): void {
    budget.give(bytes);
    end({ ok: false, fault });
  }

  function faultOfPiece({ byteLength }: Buffer): BodyFault | undefined {
    if (bytes + byteLength > maxBytes) return 'too_large';
    return budget.take(byteLength) ? undefined : 'no_room';
  }

  function take(piece: Buffer): void {
    const fault = faultOfPiece(piece);
    if (fault !== undefined) {
      fail(fault);
      return;
    }
    bytes += piece.byteLength;
    pieces.push(piece);
    if (pieces.length < mostPieces) return;
    joined.push(Buffer.concat(pieces));
    pieces = [];
  }

  function whole(): void {
    const all = joined.length === 0 ? pieces : [...joined, ...pieces];
    const [first = Buffer.alloc(0)] = all;
    end({ ok: true, body: all.length < 2 ? first : Buffer.concat(all, bytes) });
  }

  const gone = (): void => fail('gone');

  incoming.on('data', take).on('end', whole).on('close', gone).on('error', gone);
}

function faultOf(
  headers: IncomingMessage['headers'],
  maxBytes: number,
  isTyped: boolean,
): BodyFault | undefined {
  if (Number(headers['content-length'] ?? 0) > maxBytes) return 'too_large';
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return 'encoded';
  return isTyped && !jsonType.test(headers['content-type'] ?? '') ? 'not_json' : undefined;
}
