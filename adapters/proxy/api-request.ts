import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiAdmitted } from '../../core/ports/api-access.ts';
import type { UpstreamRequest } from '../../core/ports/upstream.ts';
import type { DialectPort } from './dialect-port.ts';

/** A request that was let in. */
export interface ApiRequest {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly path: string;
  readonly query: string;
  readonly admitted: ApiAdmitted;
  /** As `UpstreamRequest.callerKey`. */
  readonly callerKey: UpstreamRequest['callerKey'];
  readonly keyMode: UpstreamRequest['key'];
  /** How errors are written to it. */
  readonly error: DialectPort['error'];
}
