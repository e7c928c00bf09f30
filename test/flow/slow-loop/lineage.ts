import { z } from 'zod';
import type { FakeTinker } from '../../fakes/tinker/fake-tinker.ts';
import type { RecordedRequest } from '../../fakes/tinker/journal.ts';
import { numberOfTokens } from './tokens-of-turns.ts';

/** What weights were trained on, told from what reached the engine. */
export interface Lineage {
  /** A model was made with this id, from a state or from nothing. */
  born(modelId: string, from: string | undefined): void;
  /** Numbers of the turns whose answers made a saved state, each as often as it was trained, those of earlier runs included. */
  of(statePath: string): readonly number[];
  /** Tokens of all gradients that were asked for. */
  tokensSent(): number;
}

const passSchema = z.object({
  modelId: z.string(),
  seqId: z.number(),
  data: z.array(z.object({ chunks: z.array(z.object({ tokens: z.array(z.number()) })) })),
});
const callSchema = z.object({ model_id: z.string(), seq_id: z.number(), path: z.string().optional() });

interface Call {
  readonly what: 'forward_backward' | 'optim_step' | 'save_weights';
  readonly modelId: string;
  readonly seqId: number;
  readonly name?: string;
  readonly inputs: readonly (readonly number[])[];
}

export function createLineage(fake: FakeTinker): Lineage {
  const parents = new Map<string, string | undefined>();

  const known = new Map<number, Call | undefined>();

  function callOf({ order, endpoint, body, fault, answer }: RecordedRequest): Call | undefined {
    if (known.has(order)) return known.get(order);
    const call = fault === 'operation_fails' || body === undefined ? undefined : read(endpoint, body);
    if (answer !== undefined) known.set(order, call);
    return call;
  }

  /** In the order in which they took effect; a repetition is the same call. */
  function calls(): readonly Call[] {
    const found = new Map<string, Call>();
    for (const request of fake.requests) {
      const call = callOf(request);
      if (call !== undefined) found.set(`${call.modelId} ${call.seqId}`, call);
    }
    return [...found.values()].toSorted((a, b) => a.seqId - b.seqId);
  }

  function seenBy(path: string, all: readonly Call[]): readonly number[] {
    const [, modelId, name] = /^tinker:\/\/(.+)\/weights\/([^/]+)$/.exec(path) ?? [];
    if (modelId === undefined) throw new Error(`no path of a state: ${path}`);
    const from = parents.get(modelId);
    const seen = from === undefined ? [] : [...seenBy(from, all)];
    let gathered: number[] = [];
    for (const call of all) {
      if (call.modelId !== modelId) continue;
      if (call.what === 'forward_backward') gathered.push(...call.inputs.map(numberOfTokens));
      if (call.what === 'optim_step') {
        seen.push(...gathered);
        gathered = [];
      }
      if (call.what === 'save_weights' && call.name === name) return seen;
    }
    throw new Error(`nobody saved ${path}`);
  }

  return {
    born: (modelId, from) => void parents.set(modelId, from),
    of: (statePath) => seenBy(statePath, calls()),
    tokensSent: () =>
      calls().reduce((sum, { inputs }) => sum + inputs.reduce((all, { length }) => all + length, 0), 0),
  };
}

function read(endpoint: string, body: unknown): Call | undefined {
  if (endpoint === 'forward_backward') {
    const { modelId, seqId, data } = passSchema.parse(body);
    const inputs = data.map(({ chunks }) => chunks.flatMap(({ tokens }) => tokens));
    return { what: endpoint, modelId, seqId, inputs };
  }
  if (endpoint !== 'optim_step' && endpoint !== 'save_weights') return undefined;
  const { model_id: modelId, seq_id: seqId, path } = callSchema.parse(body);
  return { what: endpoint, modelId, seqId, inputs: [], ...(path === undefined ? {} : { name: path }) };
}
