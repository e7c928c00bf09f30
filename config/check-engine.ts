import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

/** A setting of `engine`, or a secret for it, and what is wrong with it. */
export interface EngineProblem {
  readonly path: string;
  readonly message: string;
}

const hostedAddress = 'https://tinker.thinkingmachines.dev/services/tinker-prod';

/** Where the engine is; `undefined` where none is set, or one without an address. */
export function engineAddress({ engine }: Pick<Settings, 'engine'>, secrets: Secrets): string | undefined {
  if (engine.profile === '') return undefined;
  return secrets.TINKER_BASE_URL ?? (engine.profile === 'tinker' ? hostedAddress : undefined);
}

const neededToAnswer = [
  ['profile', 'Set it to the kind of engine'],
  ['baseModel', 'Set it to the name of the model there'],
  ['tokenizer', 'Set it to the folder of the model’s tokenizer, or to hub:org/name'],
] as const;

/** An engine that nobody could reach, or that is to answer and lacks something for it. */
export function engineProblems(
  settings: Pick<Settings, 'engine' | 'agent'>,
  secrets: Secrets,
): readonly EngineProblem[] {
  const { engine, agent } = settings;
  const problems: EngineProblem[] = [];
  if (engine.answers) {
    for (const [name, what] of neededToAnswer) {
      if (engine[name] !== '') continue;
      problems.push({
        path: 'engine.answers',
        message: `is true, but engine.${name} is empty. ${what}, or set engine.answers to false.`,
      });
    }
    if (agent.historyBudgetTokens > engine.maxContextTokens) {
      problems.push({
        path: 'engine.maxContextTokens',
        message: `is ${engine.maxContextTokens}, but agent.historyBudgetTokens lets ${agent.historyBudgetTokens} tokens of the conversation into a prompt. Set that one to half of this or less, such as ${Math.floor(engine.maxContextTokens / 2)}.`,
      });
    }
  }
  if (engine.answers && engine.endpoint === 'openai' && engine.profile === 'skyrl') {
    problems.push({
      path: 'engine.endpoint',
      message: 'is openai, but skyrl has no such address. Set it to native.',
    });
  }
  if (engine.profile !== '' && engineAddress(settings, secrets) === undefined) {
    problems.push({
      path: 'engine.profile',
      message: `is ${engine.profile}, but there is no address of it. Set TINKER_BASE_URL in the environment or in .env, such as http://127.0.0.1:8000.`,
    });
  }
  if (
    engine.profile === 'tinker' &&
    secrets.TINKER_BASE_URL === undefined &&
    secrets.TINKER_API_KEY === undefined
  ) {
    problems.push({
      path: 'engine.profile',
      message:
        'is tinker, but there is no key for it. Set TINKER_API_KEY in the environment or in .env, or TINKER_BASE_URL to the address of an engine of your own.',
    });
  }
  return problems;
}
