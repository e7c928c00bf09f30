import { readWriterHolder } from '../../adapters/sqlite/writer-lock.ts';
import { AppError } from '../../core/domain/app-error.ts';
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

/** Where the bot on this data folder listens, by its own word; it may be gone. */
export function findRunningBot(homeFolder: string): RunningBotAddress | undefined {
  const holder = readWriterHolder(databasePath(homeFolder));
  const token = readControlToken(homeFolder);
  if (holder?.address === undefined || token === undefined) return undefined;
  // A bot that listens on every address is reached on this machine's own.
  const address = holder.address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  return { address, token, processId: holder.pid };
}

/** Asks the running bot. Rejects with `network` when it does not answer, or something else does, and `auth_failed` when it is another one. */
export async function askRunningBot(
  io: CommandIo,
  { address, token }: RunningBotAddress,
  method: 'GET' | 'POST',
  path: string,
): Promise<Tree> {
  let response: Response;
  try {
    response = await io.fetch(new URL(path, address), {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (cause) {
    throw new AppError('network', `The bot at ${address} does not answer.`, { cause });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && isTree(body)) return body;
  if (!isTree(body)) {
    throw new AppError('network', `Another program answers at ${address}: no bot runs there any more.`);
  }
  const message = String(body['message']);
  throw new AppError(response.status === 401 ? 'auth_failed' : 'peer_failed', message);
}
