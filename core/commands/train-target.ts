import { AppError } from '../domain/app-error.ts';
import { concernsSpace, type PolicyScope } from '../domain/policy.ts';
import { mayUse } from './command-spec.ts';
import type { CommandDeps, CommandInvocation } from './context.ts';
import { literal, shortened } from './markdown-text.ts';
import type { TrainTools } from './train-tools.ts';

/** The effects of training. Throws `not_found` with what to set where nothing can train. */
export function trainingOf({ training }: Pick<CommandDeps, 'training'>): TrainTools {
  if (training !== undefined) return training;
  throw new AppError(
    'not_found',
    'Nothing is set up here that could train. The operator can set a training engine (`engine.profile`) that answers (`engine.answers`), or `training.tuneModel`, each with `training.weights`; or `evolver.model`, which looks for better words. docs/training.md tells how.',
  );
}

/** Whether runs and policies of a scope are this place's business. */
export function concernsHere(
  scope: PolicyScope,
  { conversation }: Pick<CommandInvocation, 'conversation'>,
): boolean {
  return concernsSpace(scope, conversation.spaceId);
}

/** Throws `not_allowed` where the asker may not change what trains or answers in a scope. */
export function demandOwnScope(scope: PolicyScope, invocation: CommandInvocation): void {
  if (mayUse({ role: 'operator' }, invocation.role)) return;
  if (scope.kind === 'everywhere') {
    throw new AppError(
      'not_allowed',
      'That is for everybody everywhere: only the operator may do it, from the machine that I run on.',
    );
  }
  if (!concernsHere(scope, invocation)) {
    throw new AppError(
      'not_allowed',
      'What trains at present belongs to another place: only the people who run me there may change it.',
    );
  }
}

/** What training costs, and the words that it made, are the business of whoever runs the bot. */
export function isMaintainer({ role }: Pick<CommandInvocation, 'role'>): boolean {
  return mayUse({ role: 'maintainer' }, role);
}

/** The number that a person typed: `3`, `#3`. Throws `invalid_input`. */
export function typedNumber(text: string | undefined, what: 'run' | 'policy'): number {
  const digits = /^#?0*([1-9]\d{0,8})$/.exec(text ?? '')?.[1];
  if (digits !== undefined) return Number(digits);
  throw new AppError(
    'invalid_input',
    `“${literal(shortened(text ?? '', 40))}” is no number of a ${what}: say one from 1, as the list shows them.`,
  );
}
