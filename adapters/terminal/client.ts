import { clearLine, createInterface, cursorTo } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type AppError, toAppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { TerminalOutput, TerminalSession } from './link.ts';
import { createScreen } from './screen.ts';

export interface ConsoleOptions {
  readonly session: TerminalSession;
  readonly input: Readable;
  readonly output: Writable;
  /** A person types: prompt, completion, Ctrl-C. Otherwise lines are read to the end and answered. */
  readonly interactive: boolean;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'next'>;
}

/** Two interrupts this close leave. */
const LEAVE_WITHIN_MS = 2_000;
/** After the last line of a file: so long without anything to come. */
const QUIET_AFTER_ANSWER_MS = 500;
const QUIET_WITHOUT_ANSWER_MS = 5_000;
const COMPLETION_MS = 1_000;
const FOREVER_MS = 10 * 365 * 86_400_000;

const leaveCommands = new Set(['/exit', '/quit']);

/** Reads lines and shows output until the person leaves, the lines end or the bot stops. Resolves with a sentence when the bot stopped by itself. */
export async function runConsole(options: ConsoleOptions): Promise<string | undefined> {
  const { session, output, interactive, clock, ids } = options;
  const screen = createScreen();
  const leaving = Promise.withResolvers<string | undefined>();
  const completions = new Map<string, (choices: readonly string[]) => void>();
  let commandNames: readonly string[] = [];
  let thinking = false;
  let interruptedAtMs = Number.NEGATIVE_INFINITY;
  let unsettled = 0;
  /** How many messages had been completed when the last line went out; before any line everything counts as answered. */
  let completedAtInput = -1;
  /** Lines of a file that are still to be said, one after the other's answer. */
  const lines: string[] = [];
  let quiet: Timer | undefined;
  let inputEnded = false;

  const reader = createInterface({
    input: options.input,
    output: interactive ? output : undefined,
    terminal: interactive,
    prompt: '> ',
    completer: (line: string, callback: (error: null, result: [string[], string]) => void) => {
      void complete(line).then((choices) => callback(null, [choices, line]));
    },
  });

  function clearPrompt(): void {
    if (!interactive) return;
    cursorTo(output, 0);
    clearLine(output, 0);
  }
  function showPrompt(): void {
    if (interactive && !screen.writing && !inputEnded) reader.prompt(true);
  }
  function print(text: string): void {
    if (text === '') return;
    if (!screen.writing) clearPrompt();
    output.write(text);
    showPrompt();
  }

  function show(shown: TerminalOutput): void {
    if (shown.kind === 'activity') thinking = shown.activity === 'thinking';
    if (shown.kind === 'commands') commandNames = shown.names;
    if (shown.kind === 'choices') completions.get(shown.inputId)?.(shown.choices);
    const wasWriting = screen.writing;
    const text = screen.write(shown);
    if (text !== '') {
      if (!wasWriting) clearPrompt();
      output.write(text);
      showPrompt();
    }
    goOnWhenQuiet();
  }

  async function complete(line: string): Promise<string[]> {
    if (!line.startsWith('/')) return [];
    const inputId = ids.next('in');
    const answer = Promise.withResolvers<readonly string[]>();
    completions.set(inputId, answer.resolve);
    const names = commandNames.map((name) => `/${name}`).filter((name) => name.startsWith(line));
    const timer = clock.after(COMPLETION_MS, () => answer.resolve([]));
    session
      .submit({ kind: 'complete', inputId, enteredAt: clock.now(), text: line })
      .catch(() => answer.resolve([]));
    const choices = await answer.promise;
    timer.cancel();
    completions.delete(inputId);
    return choices.length === 0 ? names : choices.map((choice) => `/${choice}`);
  }

  function submit(text: string): void {
    unsettled += 1;
    completedAtInput = screen.completed;
    session
      .submit({ kind: 'line', inputId: ids.next('in'), enteredAt: clock.now(), text })
      .catch((error: unknown) => {
        const told: AppError = toAppError(error);
        print(`(${told.message})\n`);
      })
      .finally(() => {
        unsettled -= 1;
        goOnWhenQuiet();
      });
  }

  /** Says the next line of a file when the one before is answered, and leaves after the last; a quiet line says that no answer comes. */
  function goOnWhenQuiet(): void {
    quiet?.cancel();
    if (interactive || unsettled > 0 || thinking || screen.writing) return;
    if (lines.length === 0 && !inputEnded) return;
    const answered = screen.completed > completedAtInput;
    const quietMs = answered ? (lines.length === 0 ? QUIET_AFTER_ANSWER_MS : 0) : QUIET_WITHOUT_ANSWER_MS;
    quiet = clock.after(quietMs, () => {
      const next = lines.shift();
      if (next === undefined) leaving.resolve(undefined);
      else submit(next);
    });
  }

  function interrupt(): void {
    const now = clock.monotonicMs();
    if (now - interruptedAtMs <= LEAVE_WITHIN_MS) {
      leaving.resolve(undefined);
      return;
    }
    interruptedAtMs = now;
    if (thinking || screen.writing) submit('/stop');
    print(screen.writing ? '' : '(Ctrl-C once more to leave)\n');
  }

  reader.on('line', (line) => {
    const text = line.trimEnd();
    if (interactive && leaveCommands.has(text.trim())) {
      leaving.resolve(undefined);
    } else if (text !== '' && interactive) {
      submit(text);
    } else if (text !== '') {
      lines.push(text);
      goOnWhenQuiet();
    }
    showPrompt();
  });
  reader.on('SIGINT', interrupt);
  reader.on('close', () => {
    inputEnded = true;
    if (interactive) leaving.resolve(undefined);
    else goOnWhenQuiet();
  });
  const unwatch = session.watch(show);
  void session.ended.then((reason) => leaving.resolve(reason));
  showPrompt();

  // An open promise does not keep the process alive, and `after` does not either.
  const left = new AbortController();
  clock.sleep(FOREVER_MS, left.signal).catch(() => {});
  const reason = await leaving.promise;
  left.abort();
  quiet?.cancel();
  unwatch();
  reader.close();
  session.close();
  if (interactive) output.write('\n');
  return reason;
}
