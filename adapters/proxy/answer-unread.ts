import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../core/ports/clock.ts';
import type { JsonAnswer } from './json-endpoint.ts';
import { ownHeaders, sendAnswer } from './respond.ts';

export interface UnreadLimits {
  readonly clock: Pick<Clock, 'after'>;
  readonly mostBytes: number;
}

const longestMs = 30_000;

/**
 * Answers a request that may still be on its way. The answer goes out at once and whole; what the caller sends behind it is
 * thrown away, up to `mostBytes`, before the connection is used again or closed: one that is closed on unread bytes is reset, and
 * takes the answer with it (RFC 9112, 9.6). After half a minute it is closed all the same. Nothing where the caller has gone or was answered before.
 */
export function answerUnread(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: JsonAnswer,
  { clock, mostBytes }: UnreadLimits,
): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  if (incoming.complete) {
    sendAnswer(outgoing, answer);
    return;
  }
  const bytes = Buffer.from(JSON.stringify(answer.body));
  outgoing.writeHead(answer.status, { ...ownHeaders, ...answer.headers, 'content-length': bytes.length });
  outgoing.write(bytes);

  const timer = clock.after(longestMs, () => outgoing.destroy());
  outgoing.on('close', () => timer.cancel());
  let unread = 0;
  incoming.on('data', (piece: Buffer) => {
    unread += piece.byteLength;
    if (unread > mostBytes) outgoing.destroy();
  });
  incoming.on('end', () => outgoing.end());
  // One that is cut off in its middle is told so, to nobody.
  incoming.on('error', () => {});
}
