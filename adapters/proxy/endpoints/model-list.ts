import type { Clock } from '../../../core/ports/clock.ts';
import type { Ids } from '../../../core/ports/ids.ts';
import type { Logger } from '../../../core/ports/logger.ts';
import type { JsonCall } from '../json-endpoint.ts';

/** A model as its server lists it: `id`, and whatever else it tells. */
export interface ListedModel {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** What decides which models a caller sees. */
export type ModelCall = Pick<JsonCall, 'header' | 'keyMode'>;

/** Whether the models are told to a client of Anthropic's, which always sends its version, and are those that it can ask; else OpenAI's. */
export function isForAnthropic({ header }: Pick<ModelCall, 'header'>): boolean {
  return header('anthropic-version') !== undefined;
}

/** How one upstream is asked for a caller. */
export interface ModelAsk {
  /** What the server is shown of the caller, as a text that is equal only for equal things. May hold its key. */
  readonly account: string;
  /** May reject with anything. */
  list(): Promise<readonly ListedModel[]>;
}

/** One upstream, asked for its models. */
export interface ModelSource {
  /** Name of the upstream, as the settings call it. */
  readonly name: string;
  /**
   * For that caller, whose own key for the server its headers may hold; `undefined`: it is not asked, as the caller's client does not
   * speak to it, or there is no key to ask with.
   */
  askFor(call: ModelCall): ModelAsk | undefined;
}

export interface SourceModel {
  readonly source: string;
  readonly model: ListedModel;
}

export interface FoundModels {
  /** In the order of the sources; of several with one id the first. */
  readonly models: readonly SourceModel[];
  /** Sources that were asked and could not tell theirs just now. */
  readonly missing: readonly string[];
}

export interface ModelListDeps {
  readonly sources: readonly ModelSource[];
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly ids: Pick<Ids, 'digest'>;
  readonly logger: Logger;
}

const keptMs = 60_000;
/** A server that is away is not asked, and waited for, with each request. */
const failureKeptMs = 10_000;
const mostKept = 1_000;

interface Kept {
  readonly answer: Promise<readonly ListedModel[] | undefined>;
  until: number;
}

/** The models of all sources that may be asked for a caller, kept for a minute. Never rejects: a source that fails is left out and logged. */
export function createModelList(deps: ModelListDeps): (call: ModelCall) => Promise<FoundModels> {
  const { sources, clock, ids, logger } = deps;
  const kept = new Map<string, Kept>();

  async function answerTo({ list }: ModelAsk, upstream: string) {
    try {
      return await list();
    } catch (error) {
      logger.warn('models_not_listed', { upstream, error });
      return undefined;
    }
  }

  function prune(now: number): void {
    for (const [key, { until }] of kept) {
      if (until > now && kept.size < mostKept) continue;
      kept.delete(key);
    }
  }

  function modelsOf(source: string, ask: ModelAsk) {
    const now = clock.monotonicMs();
    // Two callers may see different models, and no key is kept here.
    const key = `${source} ${ids.digest(ask.account)}`;
    const known = kept.get(key);
    if (known !== undefined && known.until > now) return known.answer;
    prune(now);
    const entry: Kept = { answer: answerTo(ask, source), until: now + keptMs };
    kept.set(key, entry);
    void entry.answer.then((models) => {
      if (models === undefined) entry.until = clock.monotonicMs() + failureKeptMs;
    });
    return entry.answer;
  }

  return async (call) => {
    const asks = sources.flatMap((source) => {
      const ask = source.askFor(call);
      return ask === undefined ? [] : [{ source, ask }];
    });
    const answers = await Promise.all(
      asks.map(async ({ source, ask }) => ({ source, models: await modelsOf(source.name, ask) })),
    );
    const byId = new Map<string, SourceModel>();
    for (const { source, models } of answers) {
      for (const model of models ?? []) {
        if (!byId.has(model.id)) byId.set(model.id, { source: source.name, model });
      }
    }
    const missing = answers.filter(({ models }) => models === undefined).map(({ source }) => source.name);
    return { models: [...byId.values()], missing };
  };
}
