import type { IncomingMessage, ServerResponse } from 'node:http';

/** A part of the listener that is served without `Request` and `Response` objects, whose cost each request would pay. */
export interface NodeMount {
  /** As `HttpMount.path`. */
  readonly path: string;
  readonly proof: 'api_key';
  /** Answers in its own time. `isFromHere`: as the listener tells a program on this machine that speaks to us directly. Must not throw. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse, isFromHere: boolean): void;
}
