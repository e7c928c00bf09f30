import type { PrivacyRecipient } from '../core/commands/context.ts';
import type { Skill } from '../core/domain/skill.ts';
import type { DraftText } from '../core/domain/skill-operation.ts';
import type { Clock, Timer } from '../core/ports/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { VectorStore } from '../core/ports/vector-store.ts';
import type { TakeTurn } from '../core/schedule/work-turns.ts';
import { createEmbeddingJob, type EmbeddingReport, embeddedText } from '../core/skills/embed-job.ts';
import type { MeaningCosine } from '../core/skills/gates/duplicate-gate.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import { createQueryEmbedder } from '../core/skills/query-vector.ts';
import { type ModelChoice, placeOf } from './choose-model.ts';
import { helperServer } from './helper-server.ts';
import type { LoadedSettings } from './load-settings.ts';
import type { BackgroundWorker } from './with-workers.ts';

export interface ComposedEmbeddings {
  /** Of the words a person wrote; `undefined` where it does not come in time. */
  vectorOf(message: string): Promise<Float32Array | undefined>;
  /** How near a draft is to a skill; known of drafts that were prepared. */
  readonly cosine: MeaningCosine;
  /** Has the vectors of these drafts ready for `cosine`, if they can be had. Never rejects. */
  prepare(drafts: readonly DraftText[]): Promise<void>;
  report(): EmbeddingReport;
  readonly worker: BackgroundWorker;
  readonly recipient: PrivacyRecipient;
}

export interface ComposeEmbeddingsDeps {
  readonly loaded: LoadedSettings;
  readonly choice: ModelChoice;
  readonly library: SkillLibrary;
  readonly vectors: VectorStore;
  /** Turns of background work. @default at once */
  readonly turn?: TakeTurn;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
}

const runEveryMs = 30_000;
const draftsKept = 200;

/** A sentence for `status` where embeddings are set and nobody is there to ask. */
export const embeddingsWithoutServer =
  'embeddings.model is set, but no model server was found at the start, so skills are found by words alone. Set embeddings.baseUrl to the address of one, or start the model’s server and then the bot again.';

/** `undefined` where none are set, or where there is no server to ask. */
export async function composeEmbeddings(
  deps: ComposeEmbeddingsDeps,
): Promise<ComposedEmbeddings | undefined> {
  const { loaded, library, clock, logger } = deps;
  const { settings, secrets } = loaded;
  const own = settings.embeddings;
  const server = helperServer(own, secrets.EMBEDDINGS_API_KEY, 'EMBEDDINGS_API_KEY', deps.choice);
  if (server === undefined) return undefined;
  const { createOpenAiEmbeddings } = await import('../adapters/openai/openai-embeddings.ts');
  const { keyName, ...place } = server;
  const embedding = createOpenAiEmbeddings({
    ...place,
    fetch: deps.fetch,
    clock,
    logger,
    settingNames: {
      baseUrl: own.baseUrl === '' ? 'OPENAI_BASE_URL' : 'embeddings.baseUrl',
      apiKey: keyName,
      model: 'embeddings.model',
    },
  });
  /** Vectors of drafts and of skills, by the text that was embedded. */
  const known = new Map<string, Float32Array>();
  /** Of drafts, the oldest first. */
  const prepared = new Set<string>();
  const listed = (): readonly Skill[] => library.active();
  const job = createEmbeddingJob({
    embedding,
    vectors: deps.vectors,
    clock,
    logger,
    list: listed,
    ...(deps.turn === undefined ? {} : { turn: deps.turn }),
    onVector(contentHash, vector) {
      library.vectors.put(contentHash, vector);
      const skill = listed().find((one) => one.contentHash === contentHash);
      if (skill !== undefined) known.set(embeddedText(skill), vector);
    },
  });
  const embedder = createQueryEmbedder({ embedding, clock, logger, deadlineMs: own.deadlineMs });
  return {
    vectorOf: (message) => embedder.vectorOf(message),
    cosine: (draft, existing) => {
      const [a, b] = [known.get(embeddedText(draft)), known.get(embeddedText(existing))];
      return a === undefined || b === undefined || a.length !== b.length ? undefined : inner(a, b);
    },
    async prepare(drafts) {
      const texts = [...new Set(drafts.map(embeddedText))].filter((text) => text !== '' && !known.has(text));
      if (texts.length === 0) return;
      try {
        const vectors = await embedding.embed(texts, new AbortController().signal);
        for (const [at, text] of texts.entries()) {
          const vector = vectors[at];
          if (vector === undefined) continue;
          known.set(text, vector);
          prepared.add(text);
        }
        for (const text of [...prepared].slice(0, Math.max(0, prepared.size - draftsKept))) {
          prepared.delete(text);
          known.delete(text);
        }
      } catch (error) {
        logger.warn('draft_not_embedded', { error });
      }
    },
    report: () => job.report(),
    worker: createEmbeddingWorker(job, library, clock),
    recipient: {
      what: 'the server of embeddings',
      receives: 'the words of your message, to find skills by their meaning',
      ...placeOf(server),
    },
  };
}

function inner(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

/** Looks at the start, after each change of the library, and every half minute. */
function createEmbeddingWorker(
  job: { run(signal: AbortSignal): Promise<void> },
  library: Pick<SkillLibrary, 'onChange'>,
  clock: Pick<Clock, 'after'>,
): BackgroundWorker {
  const stopping = new AbortController();
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let endListening: (() => void) | undefined;

  function look(): void {
    timer?.cancel();
    running = job.run(stopping.signal).then(() => {
      if (!stopping.signal.aborted) timer = clock.after(runEveryMs, look);
    });
  }

  return {
    start() {
      endListening ??= library.onChange(look);
      look();
    },
    async stop() {
      endListening?.();
      stopping.abort();
      timer?.cancel();
      await running;
    },
  };
}
