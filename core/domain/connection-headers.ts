/** Headers of one connection, not of the message that it carries; lower case (RFC 9110, 7.6.1; RFC 9112, 6 and 7). */
export const connectionHeaders = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const;
