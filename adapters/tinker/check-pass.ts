import { AppError } from '../../core/domain/app-error.ts';
import { inputLength, type Tensor, type WireDatum } from './wire.ts';

function refuse(at: number, problem: string): AppError {
  return new AppError('invalid_input', `Datum ${at} of the batch ${problem}.`, { details: { datum: at } });
}

function checkTensor(at: number, name: string, tensor: Tensor, length: number): void {
  const { data, shape, sparse } = tensor;
  if (!data.every(Number.isFinite)) throw refuse(at, `has a ${name} that is not a finite number`);
  // Some would take it for an id counted from the vocabulary's end.
  if (name === 'target_tokens' && data.some((id) => id < 0)) throw refuse(at, 'has a target below 0');
  if (sparse !== undefined) return;
  const rows = shape?.[0] ?? data.length;
  if (shape !== undefined && shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw refuse(at, `has ${data.length} numbers for a ${name} of shape ${shape.join(' × ')}`);
  }
  if (length > 0 && rows !== length) {
    throw refuse(at, `has ${rows} ${name} for ${length} input tokens`);
  }
}

/** Throws `invalid_input` for what engines refuse or, worse, take wrongly: JSON has no NaN, and an empty chunk is none. */
export function checkPass(data: readonly WireDatum[]): void {
  if (data.length === 0) throw new AppError('invalid_input', 'A batch needs at least one datum.');
  for (const [at, { chunks, lossInputs }] of data.entries()) {
    if (chunks.length === 0) throw refuse(at, 'has no input');
    let isCounted = true;
    for (const chunk of chunks) {
      if (chunk.type === 'encoded_text') {
        if (chunk.tokens.length === 0) throw refuse(at, 'has an empty piece of input');
        if (chunk.tokens.some((id) => id < 0)) throw refuse(at, 'has a token id below 0');
      } else if (chunk.type === 'dmel' || chunk.expectedTokens === undefined) isCounted = false;
    }
    const length = isCounted ? inputLength(chunks) : 0;
    for (const [name, tensor] of Object.entries(lossInputs)) checkTensor(at, name, tensor, length);
  }
}
