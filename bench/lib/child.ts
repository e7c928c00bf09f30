import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Child {
  readonly processId: number;
  /** Resolves with the first line of its output; rejects when it ends before. */
  readonly firstLine: Promise<string>;
  /** Resolves with its whole output when it ends well; rejects with its complaints otherwise. */
  readonly output: Promise<string>;
  /** Asks it to end and resolves when it has. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly nodeOptions?: readonly string[];
}

/** Runs a file with this Node, in an environment of its own. */
export function startChild(file: string, args: readonly string[], options: ChildOptions = {}): Child {
  const words = [...(options.nodeOptions ?? []), file, ...args];
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, words, {
    cwd: options.cwd ?? process.cwd(),
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  let isStopped = false;
  const first = Promise.withResolvers<string>();
  const whole = Promise.withResolvers<string>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    const end = output.indexOf('\n');
    if (end !== -1) first.resolve(output.slice(0, end));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  child.on('close', (code) => {
    const failure = new Error(`${file} ended with ${code}:\n${complaints.slice(-2_000)}`);
    first.reject(failure);
    if (code === 0 || isStopped) whole.resolve(output);
    else whole.reject(failure);
  });
  // Whoever does not wait for one of them learns of a failure by the other.
  first.promise.catch(() => {});
  whole.promise.catch(() => {});
  return {
    processId: child.pid ?? 0,
    firstLine: first.promise,
    output: whole.promise,
    async stop() {
      isStopped = true;
      child.kill('SIGTERM');
      await whole.promise;
    },
  };
}
