/** A training run as four lines over its steps: reward, KL, entropy, effective sample size. */
export interface RunChart {
  readonly title: string;
  readonly subtitle: string;
  /** In order. A value is absent where the step had none. */
  readonly points: readonly RunChartPoint[];
}

export interface RunChartPoint {
  readonly step: number;
  /** −1 … 1. */
  readonly reward?: number;
  /** To the policy that serves, and to the base model; nats a token. */
  readonly kl?: number;
  readonly klBase?: number;
  readonly entropy?: number;
  /** 0 … 1. */
  readonly ess?: number;
  readonly isSkipped: boolean;
}
