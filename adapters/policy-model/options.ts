import type { AppError } from '../../core/domain/app-error.ts';
import type { Policy, PolicyId } from '../../core/domain/policy.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ModelPort } from '../../core/ports/model.ts';

export interface PolicyModelOptions {
  /** The model that the settings name. */
  readonly configured: ModelPort;
  /** Sets up what answers for a policy of weights or of a provider. `undefined`: nothing here can. Rejects with an `AppError`. */
  readonly open: (policy: Policy) => Promise<ModelPort | undefined>;
  readonly policyOf: (policyId: PolicyId) => Policy | undefined;
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly logger: Logger;
  /** Told each time that a policy could not answer. Must not throw. */
  readonly onProblem?: (policyId: PolicyId, error: AppError) => void;
  /** How long an answer waits for a model to be set up, milliseconds; the setting up goes on. @default 10_000 */
  readonly openTimeoutMs?: number;
  /** How long a model that could not be set up is left alone, milliseconds. @default 60_000 */
  readonly pauseMs?: number;
}
