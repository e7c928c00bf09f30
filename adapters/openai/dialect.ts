import type { ModelRequest } from '../../core/domain/model.ts';
import type { PeerError } from './wire.ts';

/** Which optional fields a server takes. */
export interface Dialect {
  readonly maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** Whether usage can be asked for. */
  readonly streamOptions: boolean;
  /** Whether answers in a given form can be asked for. */
  readonly responseFormat: boolean;
  /** Whether a temperature other than its own is taken. */
  readonly temperature: boolean;
}

export const currentDialect: Dialect = {
  maxTokensField: 'max_completion_tokens',
  streamOptions: true,
  responseFormat: true,
  temperature: true,
};

/** A dialect that leaves out what the server complained about, or undefined when the complaint is another one. */
export function olderDialect(used: Dialect, error: PeerError, request: ModelRequest): Dialect | undefined {
  if (error.status !== 400 && error.status !== 422) return undefined;
  if (used.streamOptions && error.text.includes('stream_options')) return { ...used, streamOptions: false };
  if (used.maxTokensField === 'max_completion_tokens' && error.text.includes('max_completion_tokens')) {
    return { ...used, maxTokensField: 'max_tokens' };
  }
  const asksForm = used.responseFormat && request.responseFormat !== undefined;
  if (asksForm && /response_format|json_schema|structured output/i.test(error.text)) {
    return { ...used, responseFormat: false };
  }
  const asksTemperature = used.temperature && request.temperature !== undefined;
  if (asksTemperature && /\btemperature\b/i.test(error.text)) return { ...used, temperature: false };
  return undefined;
}
