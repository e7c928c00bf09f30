import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Child {
  readonly pid: number;
  /** Every whole line it has written so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line, old or new, that fits; rejects when it ends without one. */
  line(fits: (line: string) => boolean): Promise<string>;
  say(line: string): void;
  /** SIGKILL; resolves when it is gone and everything it wrote has been read. */
  kill(): Promise<void>;
  /** Resolves with its exit code when it ends by itself. */
  ended(): Promise<number | null>;
}

/** Runs one of the scripts in `children/`, directly or behind a wrapping command. */
export function startChild(script: string, args: readonly string[], wrapper: readonly string[] = []): Child {
  const command = [...wrapper, process.execPath, join(import.meta.dirname, 'children', script), ...args];
  const child: ChildProcess = spawn(command[0] ?? '', command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const faults: string[] = [];
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const { stdout, stderr, stdin } = child;
  if (stdout === null || stderr === null || stdin === null) throw new Error('the child has no pipes');
  // A child that is gone may not read what it is told.
  stdin.on('error', () => {});
  stderr.on('data', (chunk) => faults.push(String(chunk)));
  createInterface({ input: stdout }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  let isClosed = false;
  const closed = once(child, 'close').then(() => {
    isClosed = true;
    wake();
  });

  return {
    pid: child.pid ?? 0,
    lines,
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(fits);
          if (found === undefined && !isClosed) return;
          watchers.delete(look);
          if (found !== undefined) resolve(found);
          else reject(new Error(`${script} ended first: ${faults.join('')}`));
        };
        watchers.add(look);
        look();
      }),
    say: (line) => {
      stdin.write(`${line}\n`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
    ended: async () => {
      await closed;
      if (child.exitCode !== 0) throw new Error(`${script} failed: ${faults.join('')}`);
      return child.exitCode;
    },
  };
}
