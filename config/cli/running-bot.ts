import { readWriterHolder } from '../../adapters/sqlite/writer-lock.ts';
import { AppError, type ErrorCode } from '../../core/domain/app-error.ts';
import { controlStatuses } from '../control-mount.ts';
import { readControlToken } from '../control-token.ts';
import { isTree, type Tree } from '../settings-tree.ts';
import { databasePath } from '../storage.ts';
import type { CommandIo } from './command-io.ts';

/** The bot that runs on a data folder, as other commands reach it. */
export interface RunningBotAddress {
  readonly address: string;
  readonly token: string;
  readonly processId: number;
}

/** A program that has the machine's attention answers within this. */
const ANSWER_MS = 5_000;
const UNAUTHORISED = 401;

/** Where the bot on this data folder listens, by its own word; it may be gone. */
export function findRunningBot(homeFolder: string): RunningBotAddress | undefined {
  const holder = readWriterHolder(databasePath(homeFolder));
  const token = readControlToken(homeFolder);
  if (holder?.address === undefined || token === undefined) return undefined;
  // A bot that listens on every address is reached on this machine's own.
  const address = holder.address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  return { address, token, processId: holder.pid };
}

function codeOf(status: number): ErrorCode {
  if (status === UNAUTHORISED) return 'auth_failed';
  for (const code of ['invalid_input', 'not_found', 'conflict'] as const) {
    if (controlStatuses[code] === status) return code;
  }
  return 'peer_failed';
}

/**
 * Asks the running bot; `body` goes as JSON. Rejects with `network` when it does not answer, or something else does, with
 * `auth_failed` when it is another one, else with what the bot says: `invalid_input`, `not_found`, `conflict` or `peer_failed`.
 */
export async function askRunningBot(
  io: CommandIo,
  { address, token }: RunningBotAddress,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Tree> {
  let response: Response;
  try {
    response = await io.fetch(new URL(path, address), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (cause) {
    throw new AppError('network', `The bot at ${address} does not answer.`, { cause });
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && isTree(answer)) return answer;
  if (!isTree(answer)) {
    throw new AppError('network', `Another program answers at ${address}: no bot runs there any more.`);
  }
  throw new AppError(codeOf(response.status), String(answer['message']));
}
