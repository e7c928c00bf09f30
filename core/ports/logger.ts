/** Plain fields; `error` may hold anything thrown: the adapter logs its code, name, message and cause, never its payloads. */
export interface LogFields {
  readonly [field: string]: unknown;
}

/** Structured logs: an event name and fields, never a sentence, never a secret, never a message body. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}
