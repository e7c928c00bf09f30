import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../config/package-root.ts';

/** A process that watches itself, then runs `body`. Standard output tells what was done. */
async function watched(
  body: string,
  signals: readonly NodeJS.Signals[] = [],
): Promise<{ code: number | null; out: string }> {
  const source = `
    import { writeSync } from 'node:fs';
    import { watchProcess } from ${JSON.stringify(join(packageRoot(), 'config', 'process-watch.ts'))};
    const say = (text) => writeSync(1, text + '\\n');
    const quiet = () => {};
    const logger = { debug: quiet, info: quiet, warn: quiet, error: (event, fields) => say(event + ' ' + fields.error.message) };
    const watch = watchProcess({ logger, reload: () => say('reload'), abandon: () => say('abandon') });
    const awake = setInterval(quiet, 1000);
    watch.stopAsked.then((name) => say('asked by ' + name));
    say('ready');
    ${body}
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  const rest = [...signals];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    // One signal for each line, so that each has been seen before the next one comes.
    const next = rest.shift();
    if (next !== undefined) child.kill(next);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

describe('process watch', () => {
  test('the first signal asks to stop, the second ends at once', async () => {
    expect(await watched('', ['SIGTERM', 'SIGINT'])).toEqual({ code: 130, out: 'ready\nasked by SIGTERM\n' });
  });

  test('a hang-up reloads', async () => {
    const { code, out } = await watched(
      'watch.stopAsked.then(() => { clearInterval(awake); watch.end(); });',
      ['SIGHUP', 'SIGTERM'],
    );
    expect([code, out]).toEqual([0, 'ready\nreload\nasked by SIGTERM\n']);
  });

  test.each([
    ['an error that nobody caught', "setImmediate(() => { throw new Error('oops'); });"],
    ['a rejection that nobody caught', "void Promise.reject(new Error('oops'));"],
    ['a stop that hangs', "watch.fail(new Error('oops'));"],
  ])('%s is logged, closes the database and ends with 70', async (_, body) => {
    expect(await watched(body)).toEqual({ code: 70, out: 'ready\nprocess_fault oops\nabandon\n' });
  });
});
