import type { Traits } from './behaviours.ts';
import type { FutureRecord } from './futures.ts';
import type { Operation } from './operations.ts';
import { RefusalError, refused } from './refusal.ts';
import type { WireResult } from './wire-results.ts';

export interface Task {
  readonly future: FutureRecord;
  /** Of the model's own count; absent for what stands outside it. */
  readonly seqId: number | undefined;
  readonly work: () => WireResult;
  /** Looked at before the order is; its failure leaves the order as it is. */
  readonly precheck?: (() => void) | undefined;
}

/** When operations take effect: at once, unless held, and for one model in the engine's order. */
export interface Schedule {
  submit(task: Task): void;
  /** Throws 409 where the model's order leaves no place for this seq_id. */
  checkSeq(modelId: string, seqId: number | undefined): void;
  /** A request that was refused: those after it do not wait for it. */
  pass(modelId: string, seqId: number | undefined): void;
  /** From now on operations, or these alone and what stands behind them, wait. */
  hold(operations?: readonly Operation[]): void;
  release(): void;
  waiting(): number;
}

interface Line {
  next: number;
  /** The one that failed while it was done: it may be sent again or left out. */
  failed: number | undefined;
  readonly passed: Set<number>;
  tasks: Task[];
}

/** False where it threw. */
function attempt(task: Task, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    const refusal =
      error instanceof RefusalError
        ? error.refusal
        : { status: 500, message: `the test server failed: ${String(error)}`, category: 'server' as const };
    task.future.state = { kind: 'failed', refusal };
    return false;
  }
}

function run(task: Task): boolean {
  return attempt(task, () => {
    task.precheck?.();
    task.future.state = { kind: 'done', result: task.work() };
  });
}

export function createSchedule(traits: Pick<Traits, 'order'>): Schedule {
  const lines = new Map<string, Line>();
  let loose: Task[] = [];
  let held: 'none' | 'all' | readonly Operation[] = 'none';

  const isHeld = (task: Task): boolean =>
    held === 'all' || (held !== 'none' && held.includes(task.future.operation));

  function lineOf(modelId: string): Line {
    const line = lines.get(modelId) ?? { next: 1, failed: undefined, passed: new Set(), tasks: [] };
    lines.set(modelId, line);
    return line;
  }

  function advanceBySeq(line: Line): void {
    for (;;) {
      const at = line.tasks.findIndex(({ seqId }) => seqId === undefined || seqId === line.next);
      const task = line.tasks[at];
      if (line.passed.has(line.next)) line.next += 1;
      else if (task === undefined || isHeld(task)) return;
      else {
        line.tasks.splice(at, 1);
        run(task);
        if (task.seqId !== undefined) line.next += 1;
      }
    }
  }

  function runStrictly(line: Line, task: Task): void {
    const { seqId } = task;
    if (!attempt(task, () => task.precheck?.())) return;
    if (seqId === undefined) {
      run(task);
      return;
    }
    if (line.failed === line.next && seqId === line.next + 1) line.next = seqId;
    if (seqId !== line.next) {
      const message = `Sequence conflict: expected ${line.next}, got ${seqId}.`;
      task.future.state = { kind: 'failed', refusal: { status: 409, message, category: 'user' } };
      return;
    }
    line.failed = run(task) ? undefined : seqId;
    if (line.failed === undefined) line.next += 1;
  }

  function advance(line: Line): void {
    if (traits.order === 'by_seq') {
      advanceBySeq(line);
      return;
    }
    while (line.tasks[0] !== undefined && !isHeld(line.tasks[0])) {
      const task = line.tasks.shift()!;
      if (traits.order === 'strict_next') runStrictly(line, task);
      else run(task);
    }
  }

  function pump(): void {
    const due = loose.filter((task) => !isHeld(task));
    loose = loose.filter(isHeld);
    for (const task of due) run(task);
    for (const line of lines.values()) advance(line);
  }

  return {
    submit(task) {
      if (task.future.modelId === undefined) loose.push(task);
      else lineOf(task.future.modelId).tasks.push(task);
      pump();
    },
    checkSeq(modelId, seqId) {
      if (traits.order !== 'by_seq') return;
      if (seqId === undefined) throw refused(422, 'seq_id is required');
      const line = lineOf(modelId);
      const isTaken =
        seqId < line.next || line.passed.has(seqId) || line.tasks.some((task) => task.seqId === seqId);
      if (isTaken) throw refused(409, `seq_id ${seqId} of ${modelId} was used before`);
    },
    pass(modelId, seqId) {
      if (traits.order !== 'by_seq' || seqId === undefined) return;
      lineOf(modelId).passed.add(seqId);
      pump();
    },
    hold(operations) {
      held = operations ?? 'all';
    },
    release() {
      held = 'none';
      pump();
    },
    waiting: () => loose.length + [...lines.values()].reduce((sum, line) => sum + line.tasks.length, 0),
  };
}
