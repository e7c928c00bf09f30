import type { PeerError } from './wire.ts';

/** Which optional fields a server takes. */
export interface Dialect {
  readonly maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** Whether usage can be asked for. */
  readonly streamOptions: boolean;
}

export const currentDialect: Dialect = { maxTokensField: 'max_completion_tokens', streamOptions: true };

/** A dialect that leaves out what the server complained about, or undefined when the complaint is another one. */
export function olderDialect(used: Dialect, error: PeerError): Dialect | undefined {
  if (error.status !== 400 && error.status !== 422) return undefined;
  if (used.streamOptions && error.text.includes('stream_options')) return { ...used, streamOptions: false };
  if (used.maxTokensField === 'max_completion_tokens' && error.text.includes('max_completion_tokens')) {
    return { ...used, maxTokensField: 'max_tokens' };
  }
  return undefined;
}
