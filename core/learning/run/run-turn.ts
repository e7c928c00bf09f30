/** Turns of background work, as a run takes them. `WorkTurns` gives them. */
export interface RunTurns {
  /** Resolves with the giving back when it is a run's turn. Rejects with `aborted`. */
  take(signal: AbortSignal): Promise<() => void>;
  /** Whether something else has waited for its turn too long. */
  isOverdue(): boolean;
}

/** The turn of one run. */
export interface RunTurn {
  /** Resolves when it has it; at once where it has. Rejects with `aborted`. */
  take(signal: AbortSignal): Promise<void>;
  /** Between two steps: what has waited too long goes first, and then this one has its turn again. */
  letOthersGo(signal: AbortSignal): Promise<void>;
  /** Also where it has none. */
  giveBack(): void;
}

/** Without turns it always has its own. */
export function createRunTurn(turns: RunTurns | undefined): RunTurn {
  let held: (() => void) | undefined;

  function giveBack(): void {
    held?.();
    held = undefined;
  }

  async function take(signal: AbortSignal): Promise<void> {
    held ??= await turns?.take(signal);
  }

  return {
    take,
    async letOthersGo(signal) {
      if (turns?.isOverdue() !== true) return;
      giveBack();
      await take(signal);
    },
    giveBack,
  };
}
