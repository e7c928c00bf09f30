import type { OpenAI } from 'openai';
import type { TuningSpec } from '../../core/ports/tuning.ts';

/** Under which name our run is kept with its job. */
export const runKey = 'metaclaw_run';

/** A job as the API takes it. Pure. */
export function jobParams(spec: TuningSpec): OpenAI.FineTuning.JobCreateParams {
  const { fileId, validationFileId, baseModel, suffix, runId } = spec;
  return {
    model: baseModel,
    training_file: fileId,
    ...(validationFileId !== undefined && { validation_file: validationFileId }),
    suffix,
    metadata: { [runKey]: runId },
    method: methodOf(spec),
  };
}

function methodOf({ method, epochs, beta }: TuningSpec): OpenAI.FineTuning.JobCreateParams.Method {
  if (method === 'sft') return { type: 'supervised', supervised: { hyperparameters: { n_epochs: epochs } } };
  const hyperparameters = { n_epochs: epochs, ...(beta !== undefined && { beta }) };
  return { type: 'dpo', dpo: { hyperparameters } };
}
