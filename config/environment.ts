import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseEnv } from 'node:util';

/** Where a variable came from. */
export type VariableOrigin = 'environment' | '.env';

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly origin: VariableOrigin;
}

export interface Environment {
  /** The variable, the process's own before that of `.env`. Empty ones are as good as absent: `undefined`. */
  get(name: string): Variable | undefined;
  /** Every variable whose name starts so, sorted by name. */
  startingWith(prefix: string): readonly Variable[];
  /** Why `.env` could not be read though it is there. */
  readonly problem?: string;
  /** Whether there is a `.env`. */
  readonly hasFile: boolean;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** The variables of this process. */
export function processVariables(): Variables {
  return process.env;
}

/** The time zone that this machine is set to, as the IANA database names it; an own `TZ` counts. */
export function machineZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function readDotEnv(folder: string): { variables: Variables; hasFile: boolean; problem?: string } {
  try {
    return { variables: parseEnv(readFileSync(join(folder, '.env'), 'utf8')), hasFile: true };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT') return { variables: {}, hasFile: false };
    return {
      variables: {},
      hasFile: true,
      problem: `.env cannot be read (${code}); make it a file that you may read.`,
    };
  }
}

/** The environment, and `.env` of the given folder below it. */
export function readEnvironment(folder: string, variables: Variables): Environment {
  const file = readDotEnv(folder);
  const merged = new Map<string, Variable>();
  const add = (from: Variables, origin: VariableOrigin): void => {
    for (const [name, value] of Object.entries(from)) {
      if (value !== undefined && value.trim() !== '') merged.set(name, { name, value: value.trim(), origin });
    }
  };
  add(file.variables, '.env');
  add(variables, 'environment');
  return {
    get: (name) => merged.get(name),
    startingWith: (prefix) =>
      [...merged.values()]
        .filter((variable) => variable.name.startsWith(prefix))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(file.problem === undefined ? {} : { problem: file.problem }),
    hasFile: file.hasFile,
  };
}
