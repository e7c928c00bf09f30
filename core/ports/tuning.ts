/** `succeeded`, `failed` and `cancelled` are ends. */
export type TuningState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface TuningJob {
  readonly jobId: string;
  readonly state: TuningState;
  /** The tuned model's name, once it succeeded. */
  readonly model?: string;
  readonly trainedTokens?: number;
  /** What went wrong, in the provider's words, as one line. */
  readonly error?: string;
}

export interface TuningSpec {
  readonly fileId: string;
  readonly validationFileId?: string;
  readonly baseModel: string;
  readonly method: 'sft' | 'dpo';
  readonly epochs: number;
  /** Of DPO. */
  readonly beta?: number;
  /** What its name shall hold, letters, digits and hyphens, at most 18. */
  readonly suffix: string;
  /** Our run, kept with the job so that it is found again. */
  readonly runId: string;
}

/**
 * A provider that tunes models (OpenAI API, fine-tuning). Errors as at `TrainerPort`. What may pass is tried again inside; what
 * must not happen twice is looked for first: `findJob`, `findFile`.
 */
export interface TuningPort {
  /** `gpt-4.1-nano at api.openai.com`. No secrets. */
  readonly description: string;
  /** Uploads training data, JSON Lines. Gives the file's id. */
  upload(fileName: string, jsonLines: string, signal: AbortSignal): Promise<string>;
  /** A file of this name that was uploaded before. */
  findFile(fileName: string, signal: AbortSignal): Promise<string | undefined>;
  createJob(spec: TuningSpec, signal: AbortSignal): Promise<TuningJob>;
  job(jobId: string, signal: AbortSignal): Promise<TuningJob>;
  /** A job that was made for this run before. */
  findJob(runId: string, signal: AbortSignal): Promise<TuningJob | undefined>;
  /** One that has ended is no error. */
  cancel(jobId: string, signal: AbortSignal): Promise<void>;
  /** One that is gone is no error. */
  deleteFile(fileId: string, signal: AbortSignal): Promise<void>;
}
