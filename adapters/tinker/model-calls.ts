import type { HttpCall } from './http.ts';
import type { JsonObject } from './json-codec.ts';

/** Makes the calls that name one model. */
export interface ModelCalls {
  /** `seqId`: its place in the model's sequence, for calls that have one. */
  of(what: string, fields?: JsonObject, seqId?: number): HttpCall;
}

export function createModelCalls(modelId: string, timeoutMs: number): ModelCalls {
  return {
    of: (what, fields = {}, seqId) => ({
      method: 'POST',
      path: what,
      what,
      json: {
        model_id: modelId,
        ...(seqId === undefined ? {} : { seq_id: seqId }),
        ...fields,
        type: what,
      },
      timeoutMs,
    }),
  };
}
