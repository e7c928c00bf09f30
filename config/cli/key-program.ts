import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ContentUse, contentUses } from '../../core/domain/content-use.ts';
import { type KeyBound, mostOfBounds } from '../../core/intake/api-key-rules.ts';
import type { CommandIo } from './command-io.ts';

interface Terms {
  readonly upstreamKey?: 'own' | 'caller';
  readonly allow?: readonly ContentUse[];
  readonly json?: boolean;
}

interface CreateOptions extends Terms {
  readonly space?: string;
  readonly admin?: boolean;
  readonly monthlyTokens?: number;
  readonly perMinute?: number;
  readonly atOnce?: number;
}

/** `commander` takes `null` for no value at all. */
type Limit = number | 'none';

interface ChangeOptions extends Terms {
  readonly monthlyTokens?: Limit;
  readonly perMinute?: Limit;
  readonly atOnce?: Limit;
}

function limit(bound: KeyBound): (word: string) => number {
  const most = mostOfBounds[bound];
  return (word) => {
    const count = Number(word);
    if (/^\d+$/.test(word) && count >= 1 && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}

function limitOrNone(bound: KeyBound): (word: string) => Limit {
  const read = limit(bound);
  return (word) => (word === 'none' ? 'none' : read(word));
}

const boundOf = (limit: Limit): number | null => (limit === 'none' ? null : limit);

function allowedUses(words: string): readonly ContentUse[] {
  if (words === 'none') return [];
  return words.split(',').map((word) => {
    const found = contentUses.find((use) => use === word.trim());
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It must be none, or of ${contentUses.join(',')} with commas between.`);
  });
}

/** Both have them in common. */
function withTerms(command: Command, standard: { readonly key: string; readonly uses: string }): Command {
  return command
    .addOption(
      new Option(
        '--upstream-key <whose>',
        `which key the model server is shown: the operator’s, or the one that the caller sends along${standard.key}`,
      ).choices(['own', 'caller']),
    )
    .option(
      '--allow <uses>',
      `what may be done with its talk where the operator has it on: none, or of ${contentUses.join(',')}${standard.uses}`,
      allowedUses,
    );
}

function termsOf({ upstreamKey, allow }: Terms) {
  return {
    ...(upstreamKey === undefined ? {} : { upstreamKey }),
    ...(allow === undefined ? {} : { uses: [...allow] }),
  };
}

const tokensFlag = '--monthly-tokens <number>';
const rateFlag = '--per-minute <number>';
const atOnceFlag = '--at-once <number>';

/** The keys by which agents use the proxy. */
export function addKeyCommands(program: Command, io: CommandIo, done: (code: number) => void): void {
  const keys = program
    .command('key')
    .description('make, list, change and revoke the keys by which agents use the proxy');
  withTerms(keys.command('create').description('make a key and print it; nothing shows it again'), {
    key: ' (default: own)',
    uses: ' (default: judge,evolve)',
  })
    .argument('<name>', 'what people call it')
    .option('--space <name>', 'whose skills and feedback it shares (default: a space called after the key)')
    .option('--admin', 'a key for POST /v1/commands, which asks no model')
    .option(tokensFlag, 'most tokens in a calendar month (default: no limit)', limit('monthlyTokens'))
    .option(rateFlag, 'most requests in a minute (default: no limit)', limit('requestsPerMinute'))
    .option(atOnceFlag, 'most requests at once (default: no limit)', limit('maxConcurrent'))
    .option('--json', 'print one JSON object for programs')
    .action(async (name: string, options: CreateOptions) => {
      const { space, admin, monthlyTokens, perMinute, atOnce, json } = options;
      const { runKeyCreate } = await import('./key-command.ts');
      const wanted = {
        name,
        kind: admin === true ? ('admin' as const) : ('agent' as const),
        ...termsOf(options),
        ...(space === undefined ? {} : { space }),
        ...(monthlyTokens === undefined ? {} : { monthlyTokens }),
        ...(perMinute === undefined ? {} : { requestsPerMinute: perMinute }),
        ...(atOnce === undefined ? {} : { maxConcurrent: atOnce }),
      };
      done(await runKeyCreate(io, wanted, { json: json === true }));
    });
  keys
    .command('list')
    .description('print all keys, their limits and what they have spent; never a key itself')
    .option('--json', 'print one JSON object for programs')
    .action(async ({ json }: Terms) => {
      const { runKeyList } = await import('./key-command.ts');
      done(await runKeyList(io, { json: json === true }));
    });
  withTerms(keys.command('change').description('change what a key may do, from its next request on'), {
    key: '',
    uses: '',
  })
    .argument('<name>', 'its name or its id')
    .option(tokensFlag, 'most tokens in a calendar month, or none', limitOrNone('monthlyTokens'))
    .option(rateFlag, 'most requests in a minute, or none', limitOrNone('requestsPerMinute'))
    .option(atOnceFlag, 'most requests at once, or none', limitOrNone('maxConcurrent'))
    .option('--json', 'print one JSON object for programs')
    .action(async (name: string, options: ChangeOptions) => {
      const { monthlyTokens, perMinute, atOnce, json } = options;
      const { runKeyChange } = await import('./key-command.ts');
      const change = {
        name,
        ...termsOf(options),
        ...(monthlyTokens === undefined ? {} : { monthlyTokens: boundOf(monthlyTokens) }),
        ...(perMinute === undefined ? {} : { requestsPerMinute: boundOf(perMinute) }),
        ...(atOnce === undefined ? {} : { maxConcurrent: boundOf(atOnce) }),
      };
      done(await runKeyChange(io, change, { json: json === true }));
    });
  keys
    .command('revoke')
    .description('let nobody in by a key any more')
    .argument('<name>', 'its name or its id')
    .option('--json', 'print one JSON object for programs')
    .action(async (name: string, { json }: Terms) => {
      const { runKeyRevoke } = await import('./key-command.ts');
      done(await runKeyRevoke(io, name, { json: json === true }));
    });
}
