import { refusal, violation } from './api-refusal.ts';
import type { FakeChannel, FakeMessage, FakeUser } from './guild-model.ts';
import type { World } from './world.ts';

/** https://docs.discord.com/developers/interactions/receiving-and-responding */
const ANSWER_MS = 3_000;
const TOKEN_MS = 15 * 60_000;

export type InteractionKind = 'command' | 'message_command' | 'component' | 'autocomplete' | 'modal';

/** How the app answered first. */
export type AnswerKind = 'message' | 'deferred' | 'update' | 'deferred_update' | 'choices' | 'modal';

export interface Choice {
  readonly name: string;
  readonly value: string | number;
}

/** What became of an interaction. `error` is what Discord shows when the app did not answer. */
export interface InteractionResult {
  readonly answer?: AnswerKind;
  readonly choices?: readonly Choice[];
  readonly error?: 'The application did not respond';
}

export interface OpenInteraction {
  readonly id: string;
  readonly token: string;
  readonly kind: InteractionKind;
  readonly name: string;
  readonly user: FakeUser;
  readonly channel: FakeChannel;
  /** Whose component was pressed, or whose component opened the form. */
  readonly message: FakeMessage | undefined;
  readonly issuedAt: number;
  answer: AnswerKind | undefined;
  isEphemeral: boolean;
  /** What `@original` stands for. */
  original: FakeMessage | undefined;
}

export interface Interactions {
  open(parts: Pick<OpenInteraction, 'kind' | 'name' | 'user' | 'channel' | 'message'>): OpenInteraction;
  /** Gives the fate of it: the first answer, or that none came in time. */
  outcome(interaction: OpenInteraction): Promise<InteractionResult>;
  /** Nobody was there to hear of it. */
  abandon(interaction: OpenInteraction): void;
  /** For the first answer; throws where it is late, unknown or not the first. */
  toAnswer(id: string, token: string): OpenInteraction;
  settle(interaction: OpenInteraction, answer: AnswerKind, choices?: readonly Choice[]): void;
  /** For what follows the first answer; throws where there was none, or the token's time is over. */
  toFollow(applicationId: string, token: string): OpenInteraction;
  close(): void;
}

export function createInteractions(world: World, changed: () => void): Interactions {
  const byToken = new Map<string, OpenInteraction>();
  const waiters = new Map<OpenInteraction, (result: InteractionResult) => void>();
  const timers = new Set<NodeJS.Timeout>();

  function finish(interaction: OpenInteraction, result: InteractionResult): void {
    waiters.get(interaction)?.(result);
    waiters.delete(interaction);
    changed();
  }

  const isOver = (interaction: OpenInteraction, lifeMs: number): boolean =>
    world.now() - interaction.issuedAt > lifeMs;
  const silence: InteractionResult = { error: 'The application did not respond' };

  return {
    open(parts) {
      const id = world.nextId();
      const token = Buffer.from(`interaction:${id}:fake-token-that-is-as-long-as-a-real-one`).toString(
        'base64url',
      );
      const interaction: OpenInteraction = {
        ...parts,
        id,
        token,
        issuedAt: world.now(),
        answer: undefined,
        isEphemeral: false,
        original: undefined,
      };
      byToken.set(token, interaction);
      return interaction;
    },
    outcome: (interaction) =>
      new Promise((resolve) => {
        waiters.set(interaction, resolve);
        const timer = setTimeout(() => finish(interaction, silence), ANSWER_MS);
        timers.add(timer);
      }),
    abandon: (interaction) => finish(interaction, silence),
    toAnswer(id, token) {
      const interaction = byToken.get(token);
      if (interaction === undefined || interaction.id !== id) throw violation(10062);
      if (interaction.answer !== undefined) throw violation(40060);
      if (isOver(interaction, ANSWER_MS)) throw refusal(10062);
      return interaction;
    },
    settle(interaction, answer, choices) {
      interaction.answer = answer;
      finish(interaction, { answer, ...(choices === undefined ? {} : { choices }) });
    },
    toFollow(applicationId, token) {
      const interaction = byToken.get(token);
      if (interaction === undefined || applicationId !== world.applicationId) throw violation(10015);
      if (isOver(interaction, TOKEN_MS)) throw refusal(50027);
      if (interaction.answer === undefined) {
        throw isOver(interaction, ANSWER_MS) ? refusal(10015) : violation(10015);
      }
      return interaction;
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      for (const interaction of [...waiters.keys()]) finish(interaction, silence);
    },
  };
}
