import type { Readable, Writable } from 'node:stream';
import type { Variables } from '../environment.ts';

/** What a command has of the process it runs in. */
export interface CommandIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly variables: Variables;
  readonly workingFolder: string;
  readonly processId: number;
  /** `24.21.0`. */
  readonly nodeVersion: string;
  readonly fetch: typeof globalThis.fetch;
  /** The account's name on this machine. */
  readonly personName: string;
}

/** One line for people. */
export function say(io: CommandIo, line: string): void {
  io.stdout.write(`${line}\n`);
}

/** One object for programs: one line of JSON. */
export function sayJson(io: CommandIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value)}\n`);
}

/** One line that is not a result: a problem, a hint. */
export function complain(io: CommandIo, line: string): void {
  io.stderr.write(`${line}\n`);
}
