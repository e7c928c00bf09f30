/** What came of the drafts of a run. */
export interface LoopCounts {
  readonly drafted: number;
  readonly approved: number;
  /** By a check or the replay. */
  readonly refused: number;
  /** By the maintainer, or out of date. */
  readonly rejected: number;
  /** For harm. */
  readonly stopped: number;
  /** Of these, what somebody wanted of those whom it was given. */
  readonly stoppedRight: number;
}

/** What changes the library while people talk. */
export interface Loop {
  /** Called every few hours, after rewards were settled. */
  tick(): Promise<void>;
  counts(): Promise<LoopCounts>;
  stop(): Promise<void>;
}

export const idleLoop: Loop = {
  async tick() {},
  counts: async () => ({ drafted: 0, approved: 0, refused: 0, rejected: 0, stopped: 0, stoppedRight: 0 }),
  async stop() {},
};
