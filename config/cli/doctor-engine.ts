import { type AppError, toAppError } from '../../core/domain/app-error.ts';
import type { OfferedModel, TrainerPort } from '../../core/ports/trainer.ts';
import { engineAddress } from '../check-engine.ts';
import { type EngineDeps, openEngineTokenizer, openTrainer } from '../compose-engine.ts';
import type { CheckContext } from './doctor-checks.ts';
import { type Finding, findingsOf } from './doctor-finding.ts';

const ASK_TIMEOUT_MS = 5_000;

const finding = findingsOf('engine');

/** How the engine and its tokenizer are opened. */
export interface EngineOpening {
  readonly trainer: typeof openTrainer;
  readonly tokenizer: typeof openEngineTokenizer;
}

const shownNames = 10;

function offers(models: readonly OfferedModel[]): string {
  if (models.length === 0) return 'It names none.';
  const shown = models.slice(0, shownNames).map(({ name }) => name);
  const rest = models.length - shown.length;
  return `It offers ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`;
}

function checkBaseModel(
  models: readonly OfferedModel[],
  { baseModel, maxContextTokens }: CheckContext['loaded']['settings']['engine'],
): readonly Finding[] {
  if (baseModel === '') {
    return [
      finding(
        'warning',
        `no base model is set, so it has nothing to do. ${offers(models)} Name one in engine.baseModel.`,
      ),
    ];
  }
  const model = models.find(({ name }) => name === baseModel);
  if (model === undefined) {
    return [
      finding(
        'problem',
        `does not offer ${baseModel}. ${offers(models)} Is the name in engine.baseModel right?`,
      ),
    ];
  }
  const { maxContextTokens: most } = model;
  if (most === undefined || most >= maxContextTokens) return [finding('ok', `offers ${baseModel}`)];
  return [
    finding(
      'warning',
      `takes at most ${most} tokens with ${baseModel}, but engine.maxContextTokens is ${maxContextTokens}: longer talks will fail. Set it to ${most}.`,
    ),
  ];
}

/** `answers`: people are answered by it, so that nothing works without it. */
function refusal(error: AppError, host: string, answers: boolean): Finding {
  if (error.code === 'auth_failed') {
    return finding('problem', `${host} refuses the key. Set TINKER_API_KEY to one that is valid there.`);
  }
  const isSilent = error.code === 'aborted' || error.code === 'timeout' || error.code === 'network';
  if (isSilent) {
    const message = `${host} does not answer. Does it run, and is TINKER_BASE_URL right?`;
    return finding(answers ? 'problem' : 'unasked', message);
  }
  const message = `${host} answers, but not as a training engine: ${error.message}`;
  return finding(answers ? 'problem' : 'warning', message);
}

async function askEngine(
  trainer: TrainerPort,
  context: CheckContext,
  host: string,
): Promise<readonly Finding[]> {
  try {
    const models = await trainer.models(AbortSignal.timeout(ASK_TIMEOUT_MS));
    const { settings } = context.loaded;
    const role = settings.engine.answers ? 'answers people' : 'does not answer people';
    return [
      finding('ok', `${trainer.description} can be reached; it ${role}`),
      ...checkBaseModel(models, settings.engine),
    ];
  } catch (thrown) {
    return [refusal(toAppError(thrown), host, context.loaded.settings.engine.answers)];
  }
}

async function checkTrainer(
  context: CheckContext,
  deps: EngineDeps,
  open: EngineOpening,
): Promise<readonly Finding[]> {
  const { settings, secrets } = context.loaded;
  const address = engineAddress(settings, secrets);
  try {
    const trainer = await open.trainer(settings, secrets, deps);
    const found = await askEngine(trainer, context, address === undefined ? '' : new URL(address).host);
    await trainer.close();
    return found;
  } catch (thrown) {
    return [finding('problem', toAppError(thrown).message)];
  }
}

async function checkTokenizer(
  context: CheckContext,
  deps: EngineDeps,
  open: EngineOpening,
): Promise<readonly Finding[]> {
  const { settings, secrets } = context.loaded;
  try {
    const tokenizer = await open.tokenizer(settings, secrets, deps);
    if (tokenizer !== undefined) {
      return [finding('ok', `the tokenizer ${settings.engine.tokenizer} can be used`)];
    }
    return [
      finding('warning', 'no tokenizer is set, so nothing can be answered or trained. Set engine.tokenizer.'),
    ];
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    // Without it a bot that is to answer by the engine does not start.
    const isUnknown = (code === 'network' || code === 'timeout') && !settings.engine.answers;
    return [finding(isUnknown ? 'unasked' : 'problem', message)];
  }
}

/** Asks the training engine, if one is set, for its models, and opens the tokenizer. Trains nothing and samples nothing. */
export async function checkEngine(
  context: CheckContext,
  open: EngineOpening = { trainer: openTrainer, tokenizer: openEngineTokenizer },
): Promise<readonly Finding[]> {
  const { io, loaded, parts } = context;
  if (loaded.settings.engine.profile === '') return [];
  const deps = { ...parts, ...loaded, fetch: io.fetch };
  const [trainer, tokenizer] = await Promise.all([
    checkTrainer(context, deps, open),
    checkTokenizer(context, deps, open),
  ]);
  return [...trainer, ...tokenizer];
}
