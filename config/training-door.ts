import type { ContentUse } from '../core/domain/content-use.ts';
import { type ContentPolicy, type HasConsent, mayUse, provenanceOf } from '../core/feedback/content-door.ts';
import type { MayTrain } from '../core/learning/run/gather-samples.ts';
import { engineAddress } from './check-engine.ts';
import type { ModelChoice } from './choose-model.ts';
import { placeOf } from './choose-model.ts';
import { isLoopbackHost } from './loopback-host.ts';
import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

/** Engines that people run themselves, wherever that is. */
const ownProfiles: readonly string[] = ['skyrl', 'tuft'];

/** What training at the engine does with people's words. */
export function useOfEngine(settings: Pick<Settings, 'engine'>, secrets: Secrets): ContentUse {
  const address = engineAddress(settings, secrets);
  const isOwn = ownProfiles.includes(settings.engine.profile);
  const isHere = address !== undefined && isLoopbackHost(new URL(address).hostname);
  return isOwn || isHere ? 'train_local' : 'train_hosted';
}

/** … and tuning at the server of the model that answers. */
export function useOfProvider({ server }: Pick<ModelChoice, 'server'>): ContentUse {
  return server !== undefined && placeOf(server).isLocal ? 'train_local' : 'train_hosted';
}

/** The door of a way to train. */
export function trainingDoor(use: ContentUse, policy: ContentPolicy, hasConsent: HasConsent): MayTrain {
  return (turn, hintAuthors) => mayUse(use, provenanceOf(turn, hintAuthors), policy, hasConsent);
}
