import type { ApiErrorKind } from '../dialect-port.ts';

/** Types of OpenAI's servers. Where these send a code that agents decide by, it is theirs; elsewhere it tells what happened. */
const kinds: Readonly<Record<ApiErrorKind, readonly [type: string, code: string | null]>> = {
  invalid_request: ['invalid_request_error', null],
  auth: ['invalid_request_error', 'invalid_api_key'],
  not_allowed: ['invalid_request_error', 'permission_denied'],
  not_found: ['invalid_request_error', 'not_found'],
  too_large: ['invalid_request_error', 'request_too_large'],
  unsupported_media: ['invalid_request_error', 'unsupported_media_type'],
  rate_limited: ['requests', 'rate_limit_exceeded'],
  quota: ['insufficient_quota', 'insufficient_quota'],
  overloaded: ['service_unavailable_error', 'server_is_overloaded'],
  upstream: ['server_error', 'upstream_error'],
  timeout: ['server_error', 'timeout'],
  internal: ['server_error', null],
};

/** An error as the OpenAI API reference has it, the same for each of its endpoints. */
export function openAiError(kind: ApiErrorKind, message: string, field?: string): object {
  const [type, code] = kinds[kind];
  const isModel = kind === 'not_found' && field === 'model';
  return { error: { message, type, param: field ?? null, code: isModel ? 'model_not_found' : code } };
}
