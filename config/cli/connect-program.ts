import { Argument, type Command } from 'commander';
import type { CommandIo } from './command-io.ts';

/** The agents whose settings are known; `generic`: any other. */
const clients = ['openclaw', 'opencode', 'codex', 'claude', 'generic'] as const;

interface ConnectOptions {
  readonly write?: boolean;
  readonly undo?: boolean;
  readonly key?: string;
  readonly model?: string;
  readonly address?: string;
  readonly replaceLogin?: boolean;
  readonly json?: boolean;
}

/** How an agent that is there already comes to talk to this bot. */
export function addConnectCommand(program: Command, io: CommandIo, done: (code: number) => void): void {
  program
    .command('connect')
    .description('print the settings that make an agent ask models through the proxy')
    .addArgument(new Argument('<client>', 'which agent').choices(clients))
    .option(
      '--write',
      'put them into the agent’s own settings file; what it said before is kept in the data folder',
    )
    .option('--undo', 'take out again what --write put there; other changes since then stay')
    .option(
      '--key <key>',
      'a key of MetaClaw (mc_…), as `metaclaw key create` prints it, not one of a model server (default: none, as programs on this machine need none)',
    )
    .option(
      '--model <name>',
      'the model that it asks for (default: metaclaw/current; claude and codex go on with theirs)',
    )
    .option('--address <url>', 'where the bot is reached (default: where it runs, or will by its settings)')
    .option(
      '--replace-login',
      'claude and codex: with the bot’s own key for their provider, so that they need no login there',
    )
    .option('--json', 'print one JSON object for programs')
    .action(async (client: (typeof clients)[number], options: ConnectOptions) => {
      const { key, model, address } = options;
      const { runConnect } = await import('./connect-command.ts');
      const code = await runConnect(io, {
        client,
        write: options.write === true,
        undo: options.undo === true,
        ...(key === undefined ? {} : { key }),
        ...(model === undefined ? {} : { model }),
        ...(address === undefined ? {} : { address }),
        ...(options.replaceLogin === true ? { login: 'replace' } : {}),
        json: options.json === true,
      });
      done(code);
    });
}
