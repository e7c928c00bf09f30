import { type AppError, toAppError } from '../domain/app-error.ts';
import type { Skill, SkillText } from '../domain/skill.ts';
import { textCut } from '../domain/text-cut.ts';
import { createCallPause } from '../feedback/call-pause.ts';
import type { Clock } from '../ports/clock.ts';
import type { EmbeddingPort } from '../ports/embedding.ts';
import type { Logger } from '../ports/logger.ts';
import type { VectorStore } from '../ports/vector-store.ts';
import type { TakeTurn } from '../schedule/work-turns.ts';

export interface EmbeddingJobDeps {
  readonly embedding: EmbeddingPort;
  readonly vectors: Pick<VectorStore, 'get' | 'put'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  /** The skills that are to have vectors, as of now. */
  readonly list: () => readonly Skill[];
  /** Told of each vector once for as long as its text is listed, whether it was stored or is new. */
  readonly onVector: (contentHash: string, vector: Float32Array) => void;
  /** What embedding waits for, once a look; what is stored does not. Absent: nothing. */
  readonly turn?: TakeTurn;
}

/** The embeddings as they are, for `status`. */
export interface EmbeddingReport {
  /** `down`: vectors cannot be had or kept; it is tried again by and by. */
  readonly state: 'working' | 'down';
  /** Why it is down, as a sentence. */
  readonly detail?: string;
  /** Texts that are listed and have no vector yet. */
  readonly missing: number;
  /** As `EmbeddingPort.description`. */
  readonly model: string;
}

export interface EmbeddingJob {
  /**
   * Looks the list through: tells of what is stored, embeds what is not, stores and tells of that. After a failure
   * nothing is embedded for a minute and then ever longer, so that a run ends at once: run it at each change of the list
   * and every half minute. While a run is under way, further calls share it (and its signal), and it looks once more.
   * Never rejects; an abort ends it without a word.
   */
  run(signal: AbortSignal): Promise<void>;
  report(): EmbeddingReport;
}

const mostBodyChars = 6_000;
const textsAtOnce = 64;
const readAtOnce = 256;

/** What is embedded of a skill: name, description, triggers, and the body's first 6,000 characters. */
export function embeddedText({
  name,
  description,
  triggers,
  body,
}: Pick<SkillText, 'description' | 'triggers' | 'body'> & { readonly name: string }): string {
  const beginning = body.length > mostBodyChars ? body.slice(0, textCut(body, mostBodyChars)) : body;
  return [name.replaceAll('-', ' '), description, triggers.join(', '), beginning]
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n');
}

function* slices<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** The failure may lie in one of the texts and not in the server. */
function mayLieInTheText({ code, details }: AppError): boolean {
  const { reason } = details;
  return (
    code === 'bad_reply' ||
    code === 'invalid_input' ||
    reason === 'bad_request' ||
    reason === 'context_too_long'
  );
}

/** Keeps a vector for every text of the library, each text embedded once. */
export function createEmbeddingJob(deps: EmbeddingJobDeps): EmbeddingJob {
  const { embedding, vectors, clock, logger } = deps;
  const pause = createCallPause(clock);
  /** Of what is listed, by `contentHash`. */
  const told = new Set<string>();
  const refused = new Set<string>();
  let running: Promise<void> | undefined;
  let mustLookAgain = false;
  /** Tells who waits for a turn that there is something to look at. */
  let called = (): void => {};

  function listed(): ReadonlyMap<string, Skill> {
    return new Map(deps.list().map((skill) => [skill.contentHash, skill]));
  }

  /** What left the list and comes back is told of again. */
  function forgetUnlisted(skills: ReadonlyMap<string, Skill>): void {
    for (const known of [told, refused]) {
      for (const contentHash of known) if (!skills.has(contentHash)) known.delete(contentHash);
    }
  }

  function tell(contentHash: string, vector: Float32Array): void {
    deps.onVector(contentHash, vector);
    told.add(contentHash);
  }

  function answered(): void {
    if (pause.why() !== undefined) logger.info('embedding_up');
    pause.answered();
  }

  function failed(thrown: unknown): void {
    const error = toAppError(thrown);
    if (pause.why() === undefined) logger.warn('embedding_down', { error });
    pause.failed(error);
  }

  /** Resolves with the skills that have no stored vector. */
  async function tellStored(skills: readonly Skill[], signal: AbortSignal): Promise<readonly Skill[]> {
    const missing: Skill[] = [];
    for (const slice of slices(skills, readAtOnce)) {
      if (signal.aborted) break;
      const keys = slice.map((skill) => skill.contentHash);
      const stored = await vectors.get(embedding.modelId, keys);
      for (const skill of slice) {
        const vector = stored.get(skill.contentHash);
        if (vector === undefined) missing.push(skill);
        else tell(skill.contentHash, vector);
      }
    }
    return missing;
  }

  async function embedAndKeep(skills: readonly Skill[], signal: AbortSignal): Promise<void> {
    const made = await embedding.embed(skills.map(embeddedText), signal);
    const entries = skills.flatMap(({ contentHash }, at) => {
      const vector = made[at];
      return vector === undefined ? [] : [{ key: contentHash, vector }];
    });
    await vectors.put(embedding.modelId, entries);
    for (const { key, vector } of entries) tell(key, vector);
    answered();
  }

  /** Finds the texts that no vector can be had of, so that they keep the others from nothing. */
  async function embedOneByOne(skills: readonly Skill[], signal: AbortSignal): Promise<void> {
    // A server that fails here as well is at fault itself.
    await embedding.embed(['hello'], signal);
    for (const skill of skills) {
      try {
        await embedAndKeep([skill], signal);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (!mayLieInTheText(error)) throw error;
        refused.add(skill.contentHash);
        logger.warn('embedding_refused', { skill: skill.name, version: skill.version, error });
      }
    }
    answered();
  }

  async function embedMissing(skills: readonly Skill[], signal: AbortSignal): Promise<void> {
    for (const batch of slices(skills, textsAtOnce)) {
      if (signal.aborted) return;
      try {
        await embedAndKeep(batch, signal);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (!mayLieInTheText(error)) throw error;
        await embedOneByOne(batch, signal);
      }
    }
  }

  /** Tells of what is stored by now; resolves with what has to be embedded. */
  async function tellListed(signal: AbortSignal): Promise<readonly Skill[]> {
    const skills = listed();
    forgetUnlisted(skills);
    const open = [...skills.values()].filter(({ contentHash }) => !told.has(contentHash));
    const missing = await tellStored(open, signal);
    return missing.filter(({ contentHash }) => !refused.has(contentHash));
  }

  /** Takes a turn. What is listed while it waits and is stored is told of at once. */
  async function takeTurn(take: TakeTurn, signal: AbortSignal): Promise<() => void> {
    const leave = new AbortController();
    const taken = take(AbortSignal.any([signal, leave.signal]));
    try {
      for (;;) {
        const call = new Promise<undefined>((resolve) => {
          called = () => resolve(undefined);
        });
        const giveBack = await Promise.race([taken, call]);
        if (giveBack !== undefined) return giveBack;
        await tellListed(signal);
      }
    } catch (thrown) {
      leave.abort();
      void taken.then(
        (giveBack) => giveBack(),
        () => {},
      );
      throw thrown;
    }
  }

  async function embedInTurn(take: TakeTurn, signal: AbortSignal): Promise<void> {
    const giveBack = await takeTurn(take, signal);
    try {
      await embedMissing(await tellListed(signal), signal);
    } finally {
      giveBack();
    }
  }

  async function lookThrough(signal: AbortSignal): Promise<void> {
    const wanted = await tellListed(signal);
    // Whether it is down shows when something is asked of it.
    if (wanted.length === 0 && !signal.aborted) pause.answered();
    if (wanted.length === 0 || pause.remainingMs() > 0) return;
    if (deps.turn === undefined) await embedMissing(wanted, signal);
    else await embedInTurn(deps.turn, signal);
  }

  async function runAll(signal: AbortSignal): Promise<void> {
    do {
      mustLookAgain = false;
      try {
        await lookThrough(signal);
      } catch (thrown) {
        if (!signal.aborted) failed(thrown);
      }
    } while (mustLookAgain && !signal.aborted);
    // In the same breath as the last look at the flag, or a call in between would be lost.
    running = undefined;
  }

  return {
    run(signal) {
      mustLookAgain = true;
      called();
      running ??= runAll(signal);
      return running;
    },
    report() {
      const why = pause.why();
      const missing = [...listed().keys()].filter((contentHash) => !told.has(contentHash));
      return {
        state: why === undefined ? 'working' : 'down',
        ...(why === undefined ? {} : { detail: why.message }),
        missing: missing.length,
        model: embedding.description,
      };
    },
  };
}
