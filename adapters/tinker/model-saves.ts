import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { CheckpointRow } from './checkpoints.ts';
import { type Engine, jsonResult } from './engine.ts';
import type { FutureResult } from './futures.ts';
import { badReply } from './json-codec.ts';
import type { ModelCalls } from './model-calls.ts';
import type { Operations } from './operations.ts';
import { createPassingSamplers } from './passing-samplers.ts';
import { createTinkerSampler, type TinkerSampler } from './sampler.ts';
import type { Session } from './session.ts';
import type { WeightSlot } from './weight-slot.ts';

export interface SaveOptions {
  /** After so many seconds the engine deletes it. */
  readonly ttlSeconds?: number;
}

/** What of one model's weights is put aside. */
export interface ModelSaves {
  /** Gives the path. A name that this model has used is a `conflict`. */
  save(kind: CheckpointRow['kind'], name: string, options: SaveOptions, signal: AbortSignal): Promise<string>;
  /** A sampler of the weights of this moment, under no name. */
  current(options: SaveOptions, signal: AbortSignal): Promise<TinkerSampler>;
  /** Whether the engine was ever asked to save under a name, whatever came of it. */
  hasSaved(): boolean;
  /** Ends the samplers of `current`, and deletes what the engine keeps of them. Never rejects. */
  endCurrent(signal: AbortSignal): Promise<void>;
}

export interface ModelSavesParts {
  readonly engine: Engine;
  readonly session: Session;
  readonly slot: WeightSlot;
  readonly operations: Operations;
  readonly calls: ModelCalls;
  readonly id: string;
  /** Told of a path that holds the weights of that version of the slot. */
  onSaved(path: string, version: number): void;
}

const namePattern = /^[A-Za-z0-9_-]{1,64}$/;
const confirmAttempts = 15;
const confirmDelayMs = 2_000;

const endpoints = { state: 'save_weights', sampler: 'save_weights_for_sampler' } as const;

function textOf(result: FutureResult | undefined, what: string, field: string, problem: string): string {
  const given = result === undefined ? undefined : jsonResult(result, what)[field];
  if (typeof given !== 'string' || given === '') throw badReply(problem);
  return given;
}

/** Whether a save that failed has certainly left nothing under its name. */
function isNowhere({ code, details }: AppError): boolean {
  if (code === 'conflict' || code === 'not_found') return false;
  const isSaid = typeof details['status'] === 'number' || typeof details['category'] === 'string';
  return isSaid || details['reached'] === false;
}

export function createModelSaves(parts: ModelSavesParts): ModelSaves {
  const { engine, session, slot, operations, calls, id } = parts;
  /** Kind and name. */
  const used = new Set<string>();
  // Some engines do not tell states from samplers when they delete.
  const isNamed = (name: string): boolean => used.has(`state/${name}`) || used.has(`sampler/${name}`);
  const passing = createPassingSamplers(engine, id, isNamed);
  let hasSaved = false;

  function checkName(name: string, key: string): void {
    if (!namePattern.test(name)) {
      throw new AppError('invalid_input', 'A checkpoint’s name has 1 to 64 letters, digits, “_” and “-”.');
    }
    // The engine would say so, but where its answer is lost the older save would pass for the new one.
    if (used.has(key)) {
      throw new AppError('conflict', `This model has saved under the name ${name} before. Take another.`);
    }
  }

  /** The path under which the engine keeps a save whose answer was lost, once the engine confirms it. */
  async function confirm(kind: CheckpointRow['kind'], name: string): Promise<string | undefined> {
    for (let attempt = 0; attempt < confirmAttempts; attempt += 1) {
      // It may still be writing.
      if (attempt > 0) await engine.clock.sleep(confirmDelayMs, engine.closing);
      const rows = await engine.checkpoints.ofRun(id, engine.closing);
      const row = rows.find((one) => one.kind === kind && one.path.endsWith(`/${name}`));
      if (row !== undefined) return row.path;
    }
    return undefined;
  }

  const ttlField = ({ ttlSeconds }: SaveOptions) =>
    ttlSeconds === undefined ? {} : { ttl_seconds: ttlSeconds };

  return {
    async save(kind, name, options, signal) {
      const what = endpoints[kind];
      const key = `${kind}/${name}`;
      let [version, isDoubtful] = [0, false];
      try {
        const path = await operations.run<string>(
          {
            what,
            type: () => (kind === 'state' ? 'SaveWeights' : 'SaveWeightsForSampler'),
            changes: 'nothing',
            mayRepeat: true,
            namesModelOnly: true,
            calls() {
              checkName(name, key);
              used.add(key);
              hasSaved = true;
              return [(seqId) => calls.of(what, { path: name, ...ttlField(options) }, seqId)];
            },
            onUncertain() {
              isDoubtful = true;
            },
            onAccepted() {
              version = slot.version();
            },
            read: ([result]) => textOf(result, what, 'path', 'a checkpoint was saved under no path'),
            recover() {
              version = slot.version();
              return confirm(kind, name);
            },
          },
          signal,
        );
        parts.onSaved(path, version);
        return path;
      } catch (thrown) {
        if (!isDoubtful && isNowhere(toAppError(thrown))) used.delete(key);
        throw thrown;
      }
    },

    async current(options, signal) {
      const what = endpoints.sampler;
      const samplerSeq = session.nextSamplerSeq();
      let version = 0;
      const sessionId = await operations.run<string>(
        {
          what,
          type: () => 'SaveWeightsForSampler',
          changes: 'nothing',
          mayRepeat: engine.profile.repeats === 'key',
          namesModelOnly: true,
          calls: () => [
            (seqId) => calls.of(what, { sampling_session_seq_id: samplerSeq, ...ttlField(options) }, seqId),
          ],
          onAccepted() {
            version = slot.version();
          },
          read: ([result]) => textOf(result, what, 'sampling_session_id', 'the passing sampler has no id'),
        },
        signal,
      );
      const isShared = engine.profile.facts.samplerIsolation === 'shared_slot';
      const sampler = createTinkerSampler(engine, {
        version: sessionId,
        sessionId,
        ...(isShared ? { state: { slot, version } } : {}),
      });
      return passing.add(sampler, version);
    },

    hasSaved: () => hasSaved,
    endCurrent: (signal) => passing.end(signal),
  };
}
