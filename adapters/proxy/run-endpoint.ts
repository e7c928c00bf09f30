import { isUtf8 } from 'node:buffer';
import type { Logger } from '../../core/ports/logger.ts';
import type { ApiRequest } from './api-request.ts';
import type { FoundEndpoint } from './endpoint-table.ts';
import { logFailure } from './log-failure.ts';
import { failureAnswer, sendAnswer, sendJson } from './respond.ts';

/** Answers a request whose body was read. Never rejects. */
export async function runEndpoint(
  request: ApiRequest,
  { endpoint, rest }: FoundEndpoint,
  bytes: Buffer,
  logger: Logger,
): Promise<void> {
  const { incoming, outgoing, admitted } = request;
  const body = parsed(bytes);
  if (!body.ok) {
    const message = 'The body is not valid JSON. Send JSON in UTF-8.';
    sendJson(outgoing, 400, request.error('invalid_request', message, 'body'));
    return;
  }
  try {
    const answer = await endpoint.run({
      caller: admitted.caller,
      isAdmin: admitted.isAdmin,
      keyMode: request.keyMode,
      rest,
      params: new URLSearchParams(request.query),
      header: (name) => {
        const value = incoming.headers[name];
        return typeof value === 'string' ? value : value?.[0];
      },
      body: body.value,
    });
    sendAnswer(outgoing, answer);
  } catch (thrown) {
    const answer = failureAnswer(thrown, request.error);
    logFailure(logger, 'proxy_endpoint_failed', thrown, answer.status, endpoint.path);
    sendAnswer(outgoing, answer);
  }
}

function parsed(bytes: Buffer): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  if (bytes.byteLength === 0) return { ok: true, value: undefined };
  if (!isUtf8(bytes)) return { ok: false };
  try {
    return { ok: true, value: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return { ok: false };
  }
}
