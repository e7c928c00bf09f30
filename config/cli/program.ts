import { Argument, Command, CommanderError, InvalidArgumentError } from 'commander';
import { readVersion } from '../version.ts';
import { type CommandIo, say, sayJson } from './command-io.ts';
import { addConnectCommand } from './connect-program.ts';
import { exitCodes } from './exit-codes.ts';
import { addKeyCommands } from './key-program.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface ManifestOptions extends JsonOption {
  readonly http?: boolean;
  readonly name?: string;
  readonly description?: string;
}

interface TailOptions extends JsonOption {
  readonly lines: number;
  readonly follow?: boolean;
  readonly words?: boolean;
}

const mostTailRows = 100_000;

function rowCount(word: string): number {
  const count = Number(word);
  if (/^\d+$/.test(word) && count <= mostTailRows) return count;
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${mostTailRows}.`);
}

/** What people did about answers, and what became of it. */
function addLedgerCommands(program: Command, io: CommandIo, done: (code: number) => void): void {
  const ledger = program
    .command('ledger')
    .description('read the feedback ledger, beside a running bot or without one');
  ledger
    .command('tail')
    .description('print the newest rows, one a line')
    .option('-n, --lines <number>', 'how many', rowCount, 20)
    .option('-f, --follow', 'go on with new rows until Ctrl-C')
    .option('--words', 'show what people wrote, too')
    .option('--json', 'print one JSON object a row')
    .action(async ({ lines, follow, words, json }: TailOptions) => {
      const { runLedgerTail } = await import('./ledger-command.ts');
      const shown = { rows: lines, follow: follow === true, words: words === true };
      done(await runLedgerTail(io, { ...shown, json: json === true }));
    });
  ledger
    .command('verify')
    .description('compute every settled reward again from the ledger and compare')
    .option('--json', 'print one JSON object for programs')
    .action(async ({ json }: JsonOption) => {
      const { runLedgerVerify } = await import('./ledger-command.ts');
      done(await runLedgerVerify(io, { json: json === true }));
    });
}

interface EngineOptions extends JsonOption {
  readonly steps: number;
  readonly learningRate: number;
  readonly group: number;
  readonly keep?: string;
}

function wholeFrom(least: number, most: number): (word: string) => number {
  return (word) => {
    const count = Number(word);
    if (/^\d+$/.test(word) && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

function learningRate(word: string): number {
  const rate = Number(word);
  if (rate > 0 && rate <= 1) return rate;
  throw new InvalidArgumentError('It must be a number above 0 and at most 1.');
}

function checkpointName(word: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(word)) return word;
  throw new InvalidArgumentError('It must have 1 to 64 letters, digits, "_" and "-".');
}

function addEngineCommands(program: Command, io: CommandIo, done: (code: number) => void): void {
  const engine = program
    .command('engine')
    .description('look at the training engine that engine.profile sets');
  engine
    .command('check')
    .description(
      'find out what it can do, and whether learning on it is right; makes an adapter there and removes it',
    )
    .option('--steps <number>', 'how many steps it is trained towards a toy reward', wholeFrom(4, 1_000), 16)
    .option('--learning-rate <number>', 'of these steps', learningRate, 0.01)
    .option('--group <number>', 'answers to each of four prompts in one step', wholeFrom(2, 256), 16)
    .option('--keep <name>', 'keep what was trained, as a checkpoint of this name', checkpointName)
    .option('--json', 'print one JSON object for programs')
    .action(async ({ steps, learningRate: rate, group, keep, json }: EngineOptions) => {
      const { runEngineCheck } = await import('./engine-command.ts');
      const kept = keep === undefined ? {} : { keep };
      done(await runEngineCheck(io, { steps, learningRate: rate, group, ...kept, json: json === true }));
    });
}

/** The command line as data for `commander`; each command's code is loaded when it is asked for. */
function createProgram(io: CommandIo, done: (code: number) => void): Command {
  const program = new Command('metaclaw')
    .description(
      'A self-hosted chat bot, and a proxy for agents that are there already, that learn skills from feedback.',
    )
    .version(readVersion(), '-V, --version')
    .exitOverride()
    .showHelpAfterError('(metaclaw --help lists the commands)')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });

  const command = (
    name: string,
    summary: string,
    run: (options: { readonly json: boolean }) => Promise<number> | number,
  ): void => {
    const added = program.command(name).description(summary);
    if (name !== 'chat') added.option('--json', 'print one JSON object for programs');
    added.action(async (options: JsonOption) => done(await run({ json: options.json === true })));
  };

  command('start', 'run the bot until it is stopped', async (options) => {
    const { runStart } = await import('./start-command.ts');
    return await runStart(io, options);
  });
  command('chat', 'talk to the bot in this terminal', async () => {
    const { runChat } = await import('./chat-command.ts');
    return await runChat(io);
  });
  command('link', 'print a new one-time code that admits a person or chat', async (options) => {
    const { runLink } = await import('./link-command.ts');
    return await runLink(io, options);
  });
  command('config', 'show the settings in force and where each came from', async (options) => {
    const { runConfig } = await import('./config-command.ts');
    return runConfig(io, options);
  });
  command('doctor', 'look for what is wrong and say how to mend it', async (options) => {
    const { runDoctor } = await import('./doctor-command.ts');
    return await runDoctor(io, options);
  });
  program
    .command('manifest')
    .description('print what to paste when you create the bot’s app on a platform')
    .addArgument(new Argument('<platform>', 'where the app is created').choices(['slack']))
    .option('--http', 'have Slack call http.publicUrl, in place of Socket Mode')
    .option('--name <name>', 'what the app is called, at most 35 characters')
    .option('--description <text>', 'what people read about it, at most 140 characters')
    .option('--json', 'print it on one line')
    .action(async (_platform: string, { http, json, ...words }: ManifestOptions) => {
      const { runManifest } = await import('./manifest-command.ts');
      done(runManifest(io, { ...words, http: http === true, json: json === true }));
    });
  program
    .command('invite')
    .description('print the link that adds the bot to a server, with what it needs there')
    .addArgument(new Argument('<platform>', 'where the bot is invited to').choices(['discord']))
    .option('--json', 'print one JSON object for programs')
    .action(async (_platform: string, { json }: JsonOption) => {
      const { runInvite } = await import('./invite-command.ts');
      done(await runInvite(io, { json: json === true }));
    });
  addLedgerCommands(program, io, done);
  addEngineCommands(program, io, done);
  addKeyCommands(program, io, done);
  addConnectCommand(program, io, done);
  command('version', 'print the version', ({ json }) => {
    const version = readVersion();
    if (json) sayJson(io, { name: 'metaclaw', version, node: io.nodeVersion });
    else say(io, `metaclaw ${version} (Node ${io.nodeVersion})`);
    return exitCodes.ok;
  });
  return program;
}

/** Runs one command line. Resolves with the exit code; rejects only with faults of ours. */
export async function runProgram(argv: readonly string[], io: CommandIo): Promise<number> {
  let code: number = exitCodes.ok;
  const program = createProgram(io, (given) => {
    code = given;
  });
  try {
    if (argv.length <= 2) {
      program.outputHelp({ error: true });
      return exitCodes.usage;
    }
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    throw error;
  }
}
