import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { TurnState } from '../../core/domain/turn.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../fakes/openai/fake-openai.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';

/** One data folder, one model, and a bot that can be started on them again and again, each time as a process. */
export interface BotToKill {
  readonly openai: FakeOpenAi;
  /** Resolves when its channels run. */
  start(): Promise<ChildProcess>;
  /** SIGKILL: nothing of it runs any more when this resolves. */
  kill(child: ChildProcess): Promise<void>;
  /** What stands in the database, read beside the running bot. */
  inDatabase<T>(read: (stores: SqliteStores) => Promise<T>): Promise<T>;
  counts(): Promise<Readonly<Record<TurnState, number>>>;
  /** Whether the bot knows a message as its own: until then its fate is unknown to a restarted one. */
  isIndexed(ref: MessageRef): Promise<boolean>;
  close(): Promise<void>;
}

export interface BotToKillOptions {
  readonly platform: 'discord' | 'slack' | 'telegram';
  readonly apiRoot: string;
  /** Of the environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** The text of `metaclaw.yaml`. */
  readonly settings?: string;
}

export async function createBotToKill(options: BotToKillOptions): Promise<BotToKill> {
  const folder = mkdtempSync(join(tmpdir(), 'metaclaw-kill-'));
  const openai = await startFakeOpenAi();
  const children: ChildProcess[] = [];
  if (options.settings !== undefined) writeFileSync(join(folder, 'metaclaw.yaml'), options.settings);

  const kill = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const inDatabase: BotToKill['inDatabase'] = async (read) => {
    const path = join(folder, 'data', 'metaclaw.db');
    const database = openDatabase({ path, readOnly: true, logger: createMemoryLogger() });
    try {
      return await read(openStores(database));
    } finally {
      database.close();
    }
  };

  return {
    openai,
    kill,
    inDatabase,
    counts: () => inDatabase(({ turns }) => turns.counts()),
    isIndexed: (ref) => inDatabase(async ({ turns }) => (await turns.byReply(ref)) !== undefined),
    async start() {
      const script = join(import.meta.dirname, 'bot-process.ts');
      const child = spawn(process.execPath, [script, options.platform, options.apiRoot], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          PATH: process.env['PATH'],
          METACLAW_HOME: join(folder, 'data'),
          METACLAW_PORT: '0',
          OPENAI_BASE_URL: openai.baseUrl,
          OPENAI_MODEL: 'fake-model',
          ...options.variables,
        },
      });
      children.push(child);
      await once(child.stdout, 'data');
      return child;
    },
    async close() {
      for (const child of children.splice(0)) await kill(child);
      await openai.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
