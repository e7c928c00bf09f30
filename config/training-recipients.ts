import type { PrivacyRecipient } from '../core/commands/context.ts';
import { engineAddress } from './check-engine.ts';
import { placeOf } from './choose-model.ts';
import { type HelperServer, helperServer } from './helper-server.ts';
import type { TrainingWayDeps } from './training-way.ts';

/** Which ways to learn are set up. */
export interface LearningWays {
  /** At the engine. */
  readonly trains: boolean;
  /** At the provider of the model that answers. */
  readonly tunes: boolean;
  /** Better words are searched. */
  readonly words: boolean;
}

type Deps = Pick<TrainingWayDeps, 'loaded' | 'choice'>;

/** Who gets people's words for it, for `/privacy`. */
export function trainingRecipients(
  ways: LearningWays,
  gateServer: HelperServer | undefined,
  deps: Deps,
): readonly PrivacyRecipient[] {
  const { loaded, choice } = deps;
  const { settings, secrets } = loaded;
  const engine = engineAddress(settings, secrets);
  const evolver = helperServer(settings.evolver, secrets.EVOLVER_API_KEY, 'EVOLVER_API_KEY', choice);
  const recipients: readonly (PrivacyRecipient | undefined)[] = [
    ways.trains && engine !== undefined
      ? {
          what: 'the training engine, whose model learns,',
          receives: 'rated answers with all that the model read for them',
          ...placeOf({ baseUrl: engine }),
        }
      : undefined,
    ways.tunes && choice.server !== undefined
      ? {
          what: `the provider that tunes ${settings.training.tuneModel}`,
          receives: 'rated answers with the conversation before them, as examples to learn from',
          ...placeOf(choice.server),
        }
      : undefined,
    ways.words && evolver !== undefined
      ? {
          what: 'the model that looks for better words for my persona and skills',
          receives: 'rated requests, the answers to them, and what was said of these',
          ...placeOf(evolver),
        }
      : undefined,
    gateServer === undefined
      ? undefined
      : {
          what: 'the model that compares a new model’s answers with the old one’s',
          receives: 'requests from conversations that are kept out of learning, and two answers to each',
          ...placeOf(gateServer),
        },
  ];
  return recipients.filter((recipient) => recipient !== undefined);
}
