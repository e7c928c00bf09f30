/** Codes of what stops a request on its way: nothing of it had arrived, so that it may be made again. */
export const beforeSending: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const deepestCause = 5;

/**
 * The code of the innermost reason (`ECONNREFUSED`), '' where there is none: libraries wrap it as `cause` or `original`,
 * and connection errors may come as several at once.
 */
export function connectionCode(thrown: unknown, depth = 0): string {
  if (!isRecord(thrown) || depth > deepestCause) return '';
  const { original, cause, errors, code } = thrown;
  for (const inner of [original, cause, ...(Array.isArray(errors) ? errors : [])]) {
    const found = connectionCode(inner, depth + 1);
    if (found !== '') return found;
  }
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : '';
}
