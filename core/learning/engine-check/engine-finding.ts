/**
 * What was found out about an engine. `ok`: as it should be. `warning`: it can be used, and somebody should know. `problem`:
 * training on it would be wrong. `skipped`: not looked at, and why.
 */
export interface EngineFinding {
  readonly check: EngineCheckName;
  readonly state: 'ok' | 'warning' | 'problem' | 'skipped';
  /** A sentence, or several. */
  readonly message: string;
  /** What was measured, for programs. */
  readonly numbers?: Readonly<Record<string, number>>;
}

export type EngineCheckName =
  | 'models'
  | 'tokenizer'
  | 'adapter'
  | 'sampling'
  | 'scoring'
  | 'agreement'
  | 'losses'
  | 'learning'
  | 'reduction'
  | 'isolation'
  | 'checkpoints'
  | 'kept';
