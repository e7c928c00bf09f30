import type { StatusReport } from './context.ts';
import { counted, literal, percent, spoken } from './markdown-text.ts';

type Learning = Pick<StatusReport, 'evolver' | 'samples' | 'embeddings'>;

/** So many attempts one after the other without a usable draft say that the model is not up to it. */
const failedRunsTold = 3;
/** From this share of all samples on, changes of skills starve training. */
const starvedShare = 0.5;
const fewestSamples = 20;

/** What is wrong with learning, as sentences without a full stop. Markdown. */
export function learningProblems({ evolver, samples, embeddings }: Learning): readonly string[] {
  const problems: string[] = [];
  if (evolver?.state === 'down') {
    problems.push(
      `The model that writes skills does not answer: ${literal(evolver.detail ?? 'no reason given')}. Failures wait for it`,
    );
  }
  if (evolver?.state === 'budget_spent') {
    problems.push('The model that writes skills has used up its calls for today; it goes on tomorrow, UTC');
  }
  if (evolver !== undefined && evolver.failedRuns >= failedRunsTold) {
    problems.push(
      `The last ${evolver.failedRuns} attempts to write a skill gave nothing usable${evolver.detail === undefined ? '' : `: ${literal(evolver.detail)}`}. Another evolver.model may do better`,
    );
  }
  if (embeddings?.state === 'down') {
    problems.push(
      `Embeddings do not answer: ${literal(embeddings.detail ?? 'no reason given')}. Skills are found by words alone until they do`,
    );
  }
  if (samples !== undefined && isStarved(samples)) {
    problems.push(
      `Changes of skills dropped ${percent(samples.dropped / (samples.dropped + samples.trained + samples.waiting))} of all samples for training. Fewer changes, or skills.invalidation: scoped, would leave more`,
    );
  }
  return problems;
}

function isStarved({ dropped, trained, waiting }: NonNullable<Learning['samples']>): boolean {
  const all = dropped + trained + waiting;
  return all >= fewestSamples && dropped / all >= starvedShare;
}

/** How learning is. Markdown. */
export function learningFacts({ evolver, samples, embeddings }: Learning, now: number): readonly string[] {
  const facts: string[] = [];
  if (evolver !== undefined) {
    if (evolver.state === 'off') {
      facts.push(`New skills: none are written, as ${literal(evolver.detail ?? 'evolver.model is not set')}`);
    } else {
      const last = evolver.lastRun;
      const when = last === undefined ? 'no attempt yet' : `last attempt ${spoken(now - last.at)} ago`;
      facts.push(
        `New skills: written by ${literal(evolver.model ?? 'a model')}, ${evolver.spentToday} of ${evolver.dailyCalls} calls used today, ${when}`,
      );
    }
    if (evolver.waitingProposals > 0) {
      facts.push(`${counted(evolver.waitingProposals, 'draft waits', 'drafts wait')} for a maintainer`);
    }
  }
  if (samples !== undefined && samples.waiting + samples.dropped + samples.trained > 0) {
    facts.push(
      `Samples for training: ${samples.waiting} waiting, ${samples.dropped} dropped by changes of skills, ${samples.trained} trained on`,
    );
  }
  if (embeddings !== undefined && embeddings.state === 'working') {
    const left = embeddings.missing === 0 ? '' : `, ${embeddings.missing} still to embed`;
    facts.push(`Embeddings: ${literal(embeddings.model)}${left}`);
  }
  return facts;
}
