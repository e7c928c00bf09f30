import { type Dialect, dialects } from '../../core/domain/dialect.ts';
import { ownModelPrefix } from '../../core/ports/own-models.ts';
import type { UpstreamRequest, UpstreamRoute } from '../../core/ports/upstream.ts';
import { createModelPattern } from './model-pattern.ts';
import type { UpstreamSettings } from './options.ts';

/** What is known of an upstream before it is asked. */
export interface Candidate {
  readonly name: string;
  readonly dialects: readonly Dialect[];
  /** `https://api.openai.com` */
  readonly origin: string;
  readonly hasOwnKey: boolean;
  readonly isKeyless: boolean;
  readonly isAlone: boolean;
  serves(model: string): boolean;
  /** What the model is called there. */
  nameOf(model: string): string;
}

export function createCandidate(settings: UpstreamSettings, origin: string): Candidate {
  const patterns = settings.models.map(createModelPattern);
  const renames = new Map(Object.entries(settings.renames));
  return {
    name: settings.name,
    dialects: settings.dialects,
    origin,
    hasOwnKey: settings.ownKey !== undefined,
    isKeyless: settings.isKeyless === true,
    isAlone: settings.isAlone === true,
    serves(model) {
      if (renames.has(model) || settings.models.includes(model)) return true;
      // Our own names mean a model of the operator's: no server is asked for them that was not named for it.
      return !model.startsWith(ownModelPrefix) && patterns.some((isMeant) => isMeant(model));
    },
    nameOf: (model) => renames.get(model) ?? model,
  };
}

function servingOf<C extends Candidate>(candidates: readonly C[], model: string): readonly C[] {
  const serving = candidates.filter((candidate) => candidate.serves(model));
  const alone = serving.filter(({ isAlone }) => isAlone);
  return alone.length > 0 ? alone : serving;
}

/** As `UpstreamPort.route`, over candidates in the order of the settings. */
export function routeOf(candidates: readonly Candidate[], dialect: Dialect, model: string): UpstreamRoute {
  const serving = servingOf(candidates, model);
  if (serving.length === 0) return { kind: 'none' };
  const found = serving.filter((candidate) => candidate.dialects.includes(dialect));
  if (found.length > 0) return { kind: 'found', upstreams: found.map(({ name }) => name) };
  const spoken = dialects.filter((other) => serving.some((candidate) => candidate.dialects.includes(other)));
  return spoken.length === 0 ? { kind: 'none' } : { kind: 'other_dialect', dialects: spoken };
}

type Asked = Pick<UpstreamRequest, 'dialect' | 'model' | 'key' | 'callerKey'>;

/** Whether the server is shown the caller's key. */
export function showsCallerKey(
  request: Pick<Asked, 'key' | 'callerKey'>,
  { hasOwnKey, isKeyless }: Pick<Candidate, 'hasOwnKey' | 'isKeyless'>,
): boolean {
  if (isKeyless || request.key === 'own' || (request.key === 'own_or_caller' && hasOwnKey)) return false;
  return Object.keys(request.callerKey).length > 0;
}

/**
 * The upstreams that are tried for a request, in order. A caller's key belongs to one provider: it is shown to the server of
 * the first upstream that needs it, and those at other addresses that would need it are left out.
 */
export function targetsOf<C extends Candidate>(candidates: readonly C[], request: Asked): readonly C[] {
  const { dialect, model } = request;
  const all = model === undefined ? candidates : servingOf(candidates, model);
  const serving = all.filter((candidate) => candidate.dialects.includes(dialect));
  const isShown = (candidate: C): boolean => showsCallerKey(request, candidate);
  const first = serving.find(isShown);
  if (first === undefined) return serving;
  return serving.filter((candidate) => candidate.origin === first.origin || !isShown(candidate));
}
