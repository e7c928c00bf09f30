import type { DialectPort, ReadRequest } from '../../../../adapters/proxy/dialect-port.ts';
import { AppError } from '../../../../core/domain/app-error.ts';

export const bytesOf = (text: string): Buffer => Buffer.from(text);
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

export function readBy(dialect: DialectPort, body: unknown): ReadRequest {
  return dialect.read(bytesOf(typeof body === 'string' ? body : JSON.stringify(body)));
}

/** The field that a refused body is told to be wrong in; '' where it is taken. */
export function refusedField(dialect: DialectPort, body: unknown): unknown {
  try {
    readBy(dialect, body);
    return '';
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_input') throw error;
    return error.details['field'];
  }
}
