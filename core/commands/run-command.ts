import { type AppError, type ErrorCode, toAppError } from '../domain/app-error.ts';
import type { Picture } from '../domain/outbound-message.ts';
import type { Form } from '../ports/channel.ts';
import { commandCatalogue } from './catalogue.ts';
import type { Command } from './command.ts';
import { commandName, commandUsage, isOffered, mayUse } from './command-spec.ts';
import type { CommandDeps, CommandInvocation } from './context.ts';
import { groupHint, typed, unknownCommand, usageHint } from './help.ts';
import { strangerNotice } from './how-to-link.ts';
import { literal } from './markdown-text.ts';
import { parseCommandLine } from './parse-command-line.ts';

export interface CommandReply {
  readonly markdown: string;
  /** Only the asker should see it. */
  readonly private: boolean;
  readonly images?: readonly Picture[];
  /** As `CommandAnswer.form`. */
  readonly form?: Form;
}

/** Parses, checks the permission, runs. Never rejects: whatever goes wrong is a sentence for the person, and a log. */
export async function runCommand(
  invocation: CommandInvocation,
  deps: CommandDeps,
  catalogue: readonly Command[] = commandCatalogue,
): Promise<CommandReply> {
  const parsed = parseCommandLine(invocation.line, catalogue);
  if (parsed.kind === 'empty') return runCommand({ ...invocation, line: 'help' }, deps, catalogue);
  if (parsed.kind === 'unknown') {
    if (!invocation.isAdmitted) return privately(notAdmitted(invocation));
    const begun = groupHint(invocation, parsed.name, catalogue);
    if (begun !== undefined) return privately(begun);
    const isForThem = parsed.suggestion !== undefined && isOffered(parsed.suggestion, invocation);
    return privately(unknownCommand(invocation, parsed.name, isForThem ? parsed.suggestion : undefined));
  }
  const { command } = parsed;
  if (!invocation.isAdmitted && !command.forStrangers) return privately(notAdmitted(invocation));
  if (!mayUse(command, invocation.role)) return privately(notAllowed(invocation, command));
  if (parsed.kind === 'missing_argument')
    return privately(usageHint(invocation, command, `Something is missing: the ${parsed.argument.name}.`));
  if (parsed.kind === 'bad_argument')
    return privately(usageHint(invocation, command, `The ${parsed.argument.name} must be a number from 1.`));
  try {
    const answer = await command.run({ invocation, args: parsed.args, catalogue, deps });
    const isPrivate = command.answer === 'private';
    return typeof answer === 'string'
      ? { markdown: answer, private: isPrivate }
      : { ...answer, private: isPrivate };
  } catch (thrown) {
    return privately(failure(toAppError(thrown), invocation, command, deps));
  }
}

/** What a handler refuses, as a sentence that is Markdown already; everything else is a fault. */
const refusals: readonly ErrorCode[] = ['not_found', 'not_allowed', 'invalid_input', 'conflict'];

function failure(
  error: AppError,
  invocation: CommandInvocation,
  command: Command,
  deps: Pick<CommandDeps, 'logger'>,
): string {
  if (refusals.includes(error.code)) return error.message;
  log(error, commandName(command), deps);
  const told =
    error.code === 'internal' ? 'The operator finds the reason in the log.' : literal(error.message);
  return `I could not do ${typed(invocation, commandName(command))} just now. ${told}`;
}

/** What somebody else’s server did, of which a stack tells nothing. */
const peerFaults: readonly ErrorCode[] = [
  'auth_failed',
  'rate_limited',
  'timeout',
  'network',
  'refused_by_peer',
  'peer_failed',
  'bad_reply',
];

function log(error: AppError, command: string, { logger }: Pick<CommandDeps, 'logger'>): void {
  const { code, message } = error;
  if (peerFaults.includes(code)) logger.warn('command_failed', { command, code, reason: message });
  else logger.error('command_failed', { command, error });
}

const privately = (markdown: string): CommandReply => ({ markdown, private: true });

function notAdmitted(invocation: CommandInvocation): string {
  return `${strangerNotice(invocation)} ${typed(invocation, 'privacy')} tells what I keep.`;
}

function notAllowed(invocation: CommandInvocation, command: Command): string {
  const whom = command.role === 'operator' ? 'the operator' : 'the people who run me here';
  return `${typed(invocation, commandUsage(command))} is only for ${whom}.`;
}
