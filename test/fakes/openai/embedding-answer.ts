import { estimateTokens } from '../../../core/domain/tokens.ts';
import { hashVector } from '../embedding/hash-embeddings.ts';
import type { EmbeddingRequest } from './request-schema.ts';

/** How the embeddings of a server differ from the vendor's. */
export interface EmbeddingQuirks {
  /** Answers with lists of numbers whatever is asked for, as many servers do. @default false */
  readonly floatsOnly?: boolean;
  /** Refuses to be asked for base64. @default false */
  readonly refusesBase64?: boolean;
  /** Sends the vectors in another order, each with its index. @default false */
  readonly shuffles?: boolean;
  /** Leaves the index out. @default false */
  readonly lacksIndex?: boolean;
  /** @default 2_048 */
  readonly maxTexts?: number;
  /** Of one text. @default 8_192 */
  readonly maxTokens?: number;
}

/** Of all texts of a request. */
const maxTokensInAll = 300_000;

export function textsOf({ input }: EmbeddingRequest): readonly string[] {
  return typeof input === 'string' ? [input] : input;
}

/** Why the vendor, or this server, refuses a request that is well formed; undefined when it does not. */
export function embeddingRefusal(
  request: EmbeddingRequest,
  quirks: EmbeddingQuirks = {},
): { readonly status: number; readonly message: string } | undefined {
  const { refusesBase64 = false, maxTexts = 2_048, maxTokens = 8_192 } = quirks;
  const texts = textsOf(request);
  const tokens = texts.map(estimateTokens);
  if (refusesBase64 && request.encoding_format === 'base64') {
    return { status: 400, message: 'encoding_format base64 is not supported' };
  }
  if (texts.length > maxTexts) {
    return { status: 422, message: `batch size ${texts.length} > maximum allowed batch size ${maxTexts}` };
  }
  if (tokens.some((count) => count > maxTokens)) {
    return {
      status: 400,
      message: `This model's maximum context length is ${maxTokens} tokens, however you requested ${Math.max(...tokens)} tokens.`,
    };
  }
  const inAll = tokens.reduce((sum, count) => sum + count, 0);
  if (inAll > maxTokensInAll) {
    return { status: 400, message: `Requested ${inAll} tokens, max ${maxTokensInAll} tokens per request` };
  }
  return undefined;
}

/** The vendor's answer: hashed words as vectors, which are longer than 1 here. */
export function embeddingReply(request: EmbeddingRequest, quirks: EmbeddingQuirks = {}): unknown {
  const isPacked = request.encoding_format === 'base64' && quirks.floatsOnly !== true;
  const data = textsOf(request).map((text, index) => {
    const vector = hashVector(text, request.dimensions).map((number) => number * 3);
    const embedding = isPacked ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', embedding, ...(quirks.lacksIndex === true ? {} : { index }) };
  });
  return {
    object: 'list',
    data: quirks.shuffles === true ? data.toReversed() : data,
    model: request.model,
    usage: { prompt_tokens: 7, total_tokens: 7 },
  };
}
