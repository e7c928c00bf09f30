import { badReply, isObject, metricsOf } from './json-codec.ts';

/** `grad_norm`, with whatever an engine writes before and behind it. */
const gradientNorm = /(?:^|[/.])grad_norm(?::|$)/;

/** The metrics of a step. Throws `bad_reply` where the gradient was no number: the weights are none either since then. */
export function stepMetrics(value: unknown): Readonly<Record<string, number>> {
  for (const [name, metric] of isObject(value) ? Object.entries(value) : []) {
    if (gradientNorm.test(name) && !Number.isFinite(metric)) {
      throw badReply(`the gradient of the step has the norm ${JSON.stringify(metric)}`);
    }
  }
  return metricsOf(value);
}
