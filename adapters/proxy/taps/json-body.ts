import { parseJson } from './json-values.ts';
import { createKeptText } from './kept-text.ts';

const maxBodyBytes = 8 * 1024 * 1024;

/** One JSON text, from bytes that are cut anywhere. */
export interface JsonBody {
  push(chunk: Uint8Array): void;
  /** Undefined where it is no JSON, and above `maxBytes`, of which nothing is held. */
  end(): unknown;
}

export function createJsonBody(maxBytes: number = maxBodyBytes): JsonBody {
  const decoder = new TextDecoder();
  const body = createKeptText();
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > maxBytes) body.clear();
      else body.add(decoder.decode(chunk, { stream: true }));
    },
    end() {
      body.add(decoder.decode());
      return parseJson(body.text());
    },
  };
}
