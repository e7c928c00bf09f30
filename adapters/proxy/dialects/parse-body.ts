import { isUtf8 } from 'node:buffer';
import { AppError } from '../../../core/domain/app-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `field`: as a path, `messages[0].role`; `body` for the whole. */
export function invalidField(field: string, message: string): AppError {
  return new AppError('invalid_input', message, { details: { field } });
}

/** The same bytes with the methods of a `Buffer`; nothing is copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function parsed(body: Uint8Array): unknown {
  const bytes = bufferOf(body);
  if (!isUtf8(bytes)) throw invalidField('body', 'The body is not valid UTF-8. Send JSON in UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // The parser's own message quotes the body, which may hold anything.
    throw invalidField('body', 'The body is not valid JSON. Send one JSON object.');
  }
}

/** Throws `invalid_input` where the body is not one JSON object in UTF-8. */
export function parseBody(body: Uint8Array): Fields {
  const value = parsed(body);
  if (!isFields(value)) throw invalidField('body', 'The body must be a JSON object.');
  return value;
}

/** Throws `invalid_input` where no model is named. */
export function modelOf(body: Fields): string {
  const model = body['model'];
  if (model === undefined) throw invalidField('model', 'model is missing: name the model that is to answer.');
  if (typeof model !== 'string' || model === '') {
    throw invalidField('model', 'model must be a string that is not empty.');
  }
  return model;
}

/** Throws `invalid_input` where `stream` is neither true, false, null nor absent. */
export function isStreamAsked(body: Fields): boolean {
  const stream = body['stream'] ?? false;
  if (typeof stream !== 'boolean') throw invalidField('stream', 'stream must be true or false.');
  return stream;
}

/** The messages of a request, each with its role. Throws `invalid_input` where there are none (or none but an empty list, where `mayBeEmpty`), or one of them is no message. */
export function messagesOf(body: Fields, mayBeEmpty = false): readonly Fields[] {
  const messages = body['messages'];
  if (messages === undefined) throw invalidField('messages', 'messages is missing.');
  if (!Array.isArray(messages)) throw invalidField('messages', 'messages must be an array.');
  if (messages.length === 0 && !mayBeEmpty) throw invalidField('messages', 'messages must not be empty.');
  return messages.map((message: unknown, place) => {
    if (!isFields(message)) {
      throw invalidField(`messages[${place}]`, `messages[${place}] must be an object.`);
    }
    if (typeof message['role'] !== 'string') {
      throw invalidField(`messages[${place}].role`, `messages[${place}].role must be a string.`);
    }
    return message;
  });
}
