import type { ApiErrorKind } from '../dialect-port.ts';

/** Types of https://platform.claude.com/docs/en/api/errors */
const types: Readonly<Record<ApiErrorKind, string>> = {
  invalid_request: 'invalid_request_error',
  auth: 'authentication_error',
  not_allowed: 'permission_error',
  not_found: 'not_found_error',
  too_large: 'request_too_large',
  unsupported_media: 'invalid_request_error',
  rate_limited: 'rate_limit_error',
  quota: 'billing_error',
  overloaded: 'overloaded_error',
  upstream: 'api_error',
  timeout: 'timeout_error',
  internal: 'api_error',
};

/** An error as Anthropic's API reference has it. It has no place for a field: the message names it. */
export function anthropicError(kind: ApiErrorKind, message: string, field?: string): object {
  const told = field === undefined || message.includes(field) ? message : `${field}: ${message}`;
  return { type: 'error', error: { type: types[kind], message: told } };
}
