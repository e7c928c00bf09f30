import { commandCatalogue } from '../core/commands/catalogue.ts';
import { commandName } from '../core/commands/command-spec.ts';
import { parseCommandLine } from '../core/commands/parse-command-line.ts';
import { AppError } from '../core/domain/app-error.ts';
import type { ConversationAddress } from '../core/domain/conversation.ts';
import { eventId, nativeId, type SpaceId } from '../core/domain/ids.ts';
import type { MessageRef } from '../core/domain/message-ref.ts';
import type { ApiKeyAccess } from '../core/intake/api-access.ts';
import type { CommandRunner } from '../core/intake/command-runner.ts';
import { ownKeyId } from '../core/intake/talk-key.ts';
import type { ApiCaller } from '../core/ports/api-access.ts';
import type { ApiCommands } from '../core/ports/api-commands.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { TurnStore } from '../core/ports/turn-store.ts';
import { apiCapabilities, apiPlatform } from './api-capabilities.ts';

export interface ApiCommandsDeps {
  readonly runner: Pick<CommandRunner, 'run'>;
  readonly turns: Pick<TurnStore, 'byReply'>;
  /** The spaces that there are now. */
  readonly spaces: () => readonly SpaceId[];
  readonly access: Pick<ApiKeyAccess, 'callerNamed' | 'callersIn'>;
  /** Resolves when what was answered before is stored. Rejects with storage errors. */
  readonly flushed: () => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'next'>;
  /** Told who gives a command as somebody else. */
  readonly logger: Logger;
}

interface Answered {
  readonly conversation: ConversationAddress;
  readonly replyTo: MessageRef;
}

/** Commands that would have something posted in the conversation that they are given in. */
const posting: ReadonlySet<string> = new Set(['skill cards', 'skill digest']);

/** Gives commands as a maintainer of an api space, where nobody reads along and nothing can be posted. */
export function createApiCommands(deps: ApiCommandsDeps): ApiCommands {
  const { runner, turns, spaces, access, clock, ids } = deps;

  /** Throws where nobody of that name calls in the space. */
  function callerOf(space: SpaceId, by: ApiCaller, name: string, user: string | undefined): ApiCaller {
    const caller = access.callerNamed(name, user);
    const details = { field: 'as' };
    if (caller === undefined) {
      throw new AppError('not_found', `There is no key “${name}”. \`metaclaw key list\` shows them.`, {
        details,
      });
    }
    if (caller.spaceId === space) {
      deps.logger.info('api_command_given_as', { by: by.personId, as: caller.personId });
      return caller;
    }
    throw new AppError(
      'invalid_input',
      `“${name}” calls in the space ${nativeId(caller.spaceId)}, not in ${nativeId(space)}.`,
      { details },
    );
  }

  async function answerWith(space: SpaceId, messageId: string): Promise<Answered | undefined> {
    const replyTo: MessageRef = { platform: apiPlatform, channelId: nativeId(space), messageId };
    const turn = await turns.byReply(replyTo);
    return turn?.conversation.spaceId === space ? { conversation: turn.conversation, replyTo } : undefined;
  }

  /** By one of its ids, else by what one of the callers calls it. */
  async function answered(space: SpaceId, about: string, callers: readonly ApiCaller[]): Promise<Answered> {
    // What was answered a moment ago is meant, too.
    await deps.flushed();
    const byId = await answerWith(space, about);
    if (byId !== undefined) return byId;
    const named = await Promise.all(
      callers.map(({ personId }) => answerWith(space, ownKeyId(personId, about))),
    );
    const [found, second] = named.filter((answer) => answer !== undefined);
    const details = { field: 'about' };
    if (second !== undefined) {
      throw new AppError('invalid_input', `Several callers have an answer “${about}”. Say whose with “as”.`, {
        details,
      });
    }
    if (found !== undefined) return found;
    throw new AppError(
      'not_found',
      `There is no answer with that id in ${space}, nor one that a key calls so. What a key calls so for one of its users is found with “as” and “user”.`,
      { details },
    );
  }

  return {
    async run(space, line, by, { about, as, user } = {}) {
      demandSpace(space, spaces());
      const actor = as === undefined ? by : callerOf(space, by, as, user?.trim());
      if (wouldPost(line)) {
        return 'Nothing can be posted to programs that call me. `skill list` shows the drafts that wait, and `skill digest` what was learned.';
      }
      const place =
        about === undefined
          ? { conversation: deskOf(space) }
          : await answered(space, about, as === undefined ? access.callersIn(space) : [actor]);
      const answer = await runner.run(
        {
          type: 'command_invoked',
          eventId: eventId(apiPlatform, ids.next('command')),
          platform: apiPlatform,
          spaceId: space,
          occurredAt: clock.now(),
          ...place,
          admission: { kind: 'open' },
          actor: { personId: actor.personId, displayName: actor.name, isBot: false, role: 'maintainer' },
          line,
          interaction: { handle: '' },
        },
        { capabilities: apiCapabilities },
      );
      return answer.markdown;
    },
  };
}

/** Where commands are given that are about no talk. */
function deskOf(space: SpaceId): ConversationAddress {
  return { platform: apiPlatform, spaceId: space, audience: 'direct', channelId: 'commands' };
}

function demandSpace(space: SpaceId, known: readonly SpaceId[]): void {
  if (known.includes(space)) return;
  const list = known.map((there) => nativeId(there)).join(', ');
  throw new AppError('not_found', `There is no space “${nativeId(space)}”. There is: ${list}.`, {
    details: { field: 'space' },
  });
}

function wouldPost(line: string): boolean {
  const parsed = parseCommandLine(line, commandCatalogue);
  if (parsed.kind !== 'command' || !posting.has(commandName(parsed.command))) return false;
  return Object.values(parsed.args).some((word) => word.toLowerCase() === 'here');
}
