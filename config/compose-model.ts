import { type WatchedModel, watchModel } from '../adapters/resilience/watched-model.ts';
import type { ModelPort } from '../core/ports/model.ts';
import { createEngineTurns, type EngineTurns } from '../core/schedule/engine-turns.ts';
import { hostedProfiles } from './check-training.ts';
import { type ModelChoice, openModel } from './choose-model.ts';
import {
  composeEngineAnswers,
  type EngineDeps,
  type EngineModelDeps,
  lookAtEngine,
  type OpenedEngine,
  openEngine,
} from './compose-engine.ts';
import type { LoadedSettings } from './load-settings.ts';
import type { Settings } from './schema.ts';

export interface AnsweringEngineDeps extends Pick<EngineDeps, 'fetch' | 'clock' | 'ids' | 'logger'> {
  readonly loaded: LoadedSettings;
  /** Answers in place of the engine, so that none is opened. */
  readonly model?: ModelPort;
  /** In place of the one that the settings name. */
  readonly engine?: OpenedEngine;
}

/** Somebody waits for each answer: an engine that is gone is said soon. */
const retryWindowMs = 10_000;

/** The engine where it is to answer; it is the caller's to close. Rejects as `openEngine` does. */
export async function openAnsweringEngine(deps: AnsweringEngineDeps): Promise<OpenedEngine | undefined> {
  const { loaded, fetch, clock, ids, logger } = deps;
  const { settings, secrets, homeFolder, workingFolder } = loaded;
  if (!settings.engine.answers || deps.model !== undefined) return undefined;
  const own = { homeFolder, workingFolder, fetch, clock, ids, logger, timings: { retryWindowMs } };
  return deps.engine ?? openEngine(settings, secrets, own);
}

/** Training and answering, where the engine cannot do both at once. */
export function keptApart(engine: OpenedEngine | undefined): { readonly engineTurns?: EngineTurns } {
  return engine?.trainer.facts.serveWhileTraining === false ? { engineTurns: createEngineTurns() } : {};
}

/** Others' engines have room for training and answers at once, where they can do both. */
export function isRoomy(
  { engine: { profile } }: Pick<Settings, 'engine'>,
  engine: OpenedEngine | undefined,
): boolean {
  return hostedProfiles.includes(profile) && engine?.trainer.facts.serveWhileTraining === true;
}

/** What could answer. */
export interface Answerers {
  readonly choice: ModelChoice;
  /** `undefined` where it is not to answer. */
  readonly engine: OpenedEngine | undefined;
  /** Goes before them both. */
  readonly given: ModelPort | undefined;
}

/** The configured model, with how it does. An engine that is to answer is looked at meanwhile; nobody waits for that. */
export async function composeModel(
  { choice, engine, given }: Answerers,
  { settings, secrets }: Pick<LoadedSettings, 'settings' | 'secrets'>,
  deps: EngineModelDeps,
): Promise<WatchedModel> {
  const answers = engine && (await composeEngineAnswers(engine, settings, secrets, deps));
  const model = watchModel(given ?? answers ?? (await openModel(choice, settings, deps)));
  if (engine !== undefined) void lookAtEngine(engine.trainer, settings, deps, model.suspect);
  return model;
}

/** A line for the page while no language model answers. */
export function bannerOf({ kind }: Pick<ModelChoice, 'kind'>): string | undefined {
  return kind === 'demo' ? demoBanner : undefined;
}

const demoBanner =
  'A built-in stand-in is answering, not a language model. For real answers put OPENAI_API_KEY and OPENAI_MODEL into .env, or run Ollama on this machine, and start again.';
