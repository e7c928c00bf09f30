import type { ToolCall } from '../../core/domain/model.ts';
import { isObject } from './wire.ts';

/** A call as Hermes and Qwen write it, `{"name": …, "arguments": {…}}`; undefined where the text is none. */
export function readToolCall(text: string): Omit<ToolCall, 'id'> | undefined {
  let call: unknown;
  try {
    call = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(call)) return undefined;
  const { name, arguments: given } = call;
  if (typeof name !== 'string' || name === '') return undefined;
  if (given === undefined || given === null) return { name, argumentsJson: '{}' };
  if (typeof given === 'string') return { name, argumentsJson: given };
  return isObject(given) ? { name, argumentsJson: JSON.stringify(given) } : undefined;
}
