import { userInfo } from 'node:os';
import process from 'node:process';
import type { CommandIo } from './config/cli/command-io.ts';
import { exitCodes } from './config/cli/exit-codes.ts';
import { runProgram } from './config/cli/program.ts';
import { processVariables } from './config/environment.ts';

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry, as containers like them.
    return 'operator';
  }
}

/** Runs one command of `metaclaw`; sets `process.exitCode` and never throws for a person's mistake. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  // A reader that went away (`metaclaw config | head`) is no fault, and no reason for `start` to stop answering people.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  const io: CommandIo = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    variables: processVariables(),
    workingFolder: process.cwd(),
    processId: process.pid,
    nodeVersion: process.versions.node,
    fetch: globalThis.fetch,
    personName: accountName(),
  };
  try {
    process.exitCode = await runProgram(argv, io);
  } catch (error) {
    process.stderr.write(`MetaClaw has a fault:\n${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = exitCodes.bug;
  }
}
