import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Writes a line at once: what was told is told, even if the process is killed next. */
export function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Resolves when the parent says the line. */
export function told(expected: string): Promise<void> {
  return new Promise((resolve) => {
    const input = createInterface({ input: process.stdin });
    input.on('line', (line) => {
      if (line !== expected) return;
      input.close();
      // An open pipe would keep this process alive.
      process.stdin.destroy();
      resolve();
    });
  });
}
