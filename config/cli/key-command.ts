import type { z } from 'zod';
import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { keyPaths } from '../key-routes.ts';
import {
  type ChangedKeyBody,
  listedKeysSchema,
  madeKeySchema,
  type NewKeyBody,
  oneKeySchema,
} from '../key-wire.ts';
import { askKeys, type KeyQuestion } from './ask-keys.ts';
import { type CommandIo, complain, say, sayJson } from './command-io.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { keyTable, keyTerms } from './key-lines.ts';
import { type SettingsInUse, settingsForCommand } from './settings-for-command.ts';

interface Output {
  readonly json: boolean;
}

/** Where the data folder is; a bot that does not start for want of a key must not keep one from being made. */
const keySettings: SettingsInUse = {
  what: 'managing keys',
  isUsable: ({ leftOut }) => !leftOut.has('home'),
};

/** Asks, reads the answer, and tells it: as one object, or in words. Problems are told and become exit codes. */
async function withAnswer<Schema extends z.ZodType<object>>(
  io: CommandIo,
  { json }: Output,
  question: KeyQuestion,
  schema: Schema,
  tell: (answer: z.output<Schema>) => void,
): Promise<number> {
  const loaded = settingsForCommand(io, json, keySettings);
  if (loaded === undefined) return exitCodes.problem;
  try {
    const answer = schema.safeParse(await askKeys(io, loaded, question));
    if (!answer.success) {
      throw new AppError(
        'bad_reply',
        'The running bot is of another version than this command. Start it anew, and try again.',
      );
    }
    if (json) sayJson(io, { ok: true, ...answer.data });
    else tell(answer.data);
    return exitCodes.ok;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (json) sayJson(io, { ok: false, code: error.code, message: error.message });
    else complain(io, error.message);
    return exitCodeOf(error);
  }
}

/** `metaclaw key create`: the new key on standard output, what it is on standard error. Nothing shows it again. */
export function runKeyCreate(io: CommandIo, wanted: NewKeyBody, output: Output): Promise<number> {
  return withAnswer(io, output, { path: keyPaths.keys, body: wanted }, madeKeySchema, ({ secret, key }) => {
    say(io, secret);
    complain(io, `“${key.name}”: ${keyTerms(key)}.`);
    complain(io, 'This key is shown now and never again. Whoever has it is let in: keep it like a password.');
    if (key.kind === 'agent') complain(io, '`metaclaw connect <client> --key <key>` shows where it goes.');
  });
}

/** `metaclaw key list`: all of them, never a key itself. */
export function runKeyList(io: CommandIo, output: Output): Promise<number> {
  return withAnswer(io, output, { path: keyPaths.keys }, listedKeysSchema, (listed) => {
    if (listed.keys.length > 0) say(io, keyTable(listed));
    else say(io, 'There are no keys yet. `metaclaw key create <name>` makes one.');
  });
}

/** `metaclaw key change`: holds for the next request. */
export function runKeyChange(io: CommandIo, change: ChangedKeyBody, output: Output): Promise<number> {
  return withAnswer(io, output, { path: keyPaths.change, body: change }, oneKeySchema, ({ key }) => {
    say(io, `“${key.name}”: ${keyTerms(key)}.`);
  });
}

/** `metaclaw key revoke`: nobody is let in by it any more. */
export function runKeyRevoke(io: CommandIo, name: string, output: Output): Promise<number> {
  return withAnswer(io, output, { path: keyPaths.revoke, body: { name } }, oneKeySchema, ({ key }) => {
    say(io, `“${key.name}” is revoked: nobody is let in by it any more.`);
  });
}
