import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { packageRoot } from '../../config/package-root.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `metaclaw` of its own process. */
export interface MetaclawProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  stdout(): string;
  stderr(): string;
  /** Resolves when standard output holds this; rejects when the process ends or 20 seconds pass before. */
  printed(what: RegExp): Promise<RegExpExecArray>;
  readonly finished: Promise<Finished>;
}

export interface RunOptions {
  readonly folder: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Written to standard input, which is closed then; absent leaves it open. */
  readonly input?: string;
  /** Default: the checkout's `bin/metaclaw.js`. */
  readonly program?: string;
  /** In a terminal of its own, which shows both outputs as one. Ending `child` closes that terminal. */
  readonly terminal?: boolean;
}

/** What opens a terminal without a person (util-linux). */
export const hasTerminals = existsSync('/usr/bin/script');

const DEADLINE_MS = 20_000;

/** A working folder for one test file's bots, removed at the end of the test. */
export function workingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'metaclaw-flow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts `metaclaw` with nothing of this process's own settings. It is killed at the end of the test. */
export function metaclaw(args: readonly string[], options: RunOptions): MetaclawProcess {
  const program = options.program ?? join(packageRoot(), 'bin', 'metaclaw.js');
  const command = [process.execPath, program, ...args];
  const [file = '', ...rest] =
    options.terminal === true
      ? ['/usr/bin/script', '-qefc', `exec ${command.join(' ')}`, '/dev/null']
      : command;
  const child = spawn(file, rest, {
    cwd: options.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      METACLAW_PORT: '0',
      METACLAW_MODEL_DISCOVER: 'false',
      METACLAW_INTAKE_BURST_MS: '0',
      ...options.variables,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    changed();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
      changed();
    });
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  if (options.input !== undefined) child.stdin.end(options.input);
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    finished,
    printed(what) {
      return new Promise((resolve, reject) => {
        const fail = (why: string): void => {
          watchers.delete(look);
          clearTimeout(deadline);
          reject(new Error(`${why} before it printed ${what}.\n${stdout}\n${stderr}`));
        };
        const look = (): void => {
          const match = what.exec(stdout);
          if (match !== null) {
            watchers.delete(look);
            clearTimeout(deadline);
            resolve(match);
          } else if (child.exitCode !== null || child.signalCode !== null) {
            fail('The process ended');
          }
        };
        const deadline = setTimeout(() => fail('20 seconds passed'), DEADLINE_MS);
        watchers.add(look);
        look();
      });
    },
  };
}

/** Runs one command to its end. */
export function runMetaclaw(args: readonly string[], options: RunOptions): Promise<Finished> {
  return metaclaw(args, { input: '', ...options }).finished;
}

/** The address in the first line of a `start`, once it serves. */
export async function addressOf(bot: MetaclawProcess): Promise<string> {
  const [, address = ''] = await bot.printed(/^MetaClaw is listening on (http:\/\/\S+)\n/);
  await bot.printed(/Stop with Ctrl-C/);
  return address;
}
